package spec_test

import (
	"fmt"

	"github.com/resnetgen/resnetgen/spec"
)

func ExampleParse() {
	net, err := spec.Parse("net.yaml", []byte(`
name: resnet20
input: {height: 32, width: 32, channels: 3}
classes: 10
units: 3
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(net.Filters, net.Strides, net.Units, net.Train.Optimizer, net.Train.Momentum)
	// Output: [16 16 32 64] [1 2 2] [3 3 3] mom 0.9
}

// All that is wrong is found in one run, each with its place.
func ExampleParse_errors() {
	_, err := spec.Parse("net.yaml", []byte(`name: resnet20
input: {height: 32, width: 32, channels: 3}
classes: 1
units: 3
batchnorm: {epsilon: 0.01}
`))
	fmt.Println(err)
	// Output:
	// net.yaml:3:10: classes: got 1, want 2 or more
	// net.yaml:5:1: batchnorm: got an unexpected key, want batch_norm
}

// A spec with every default filled in.
func ExampleEncode() {
	net, err := spec.Parse("net.yaml", []byte("{name: tiny, input: {height: 8, width: 8, channels: 1}, classes: 2, units: 1}"))
	if err != nil {
		fmt.Println(err)
		return
	}
	again, err := spec.Parse("again.yaml", spec.Encode(net))
	fmt.Println(again.Train.Batch, again.Algorithm, err)
	// Output: 128 auto <nil>
}
