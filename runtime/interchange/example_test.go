package interchange_test

import (
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/interchange"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// A network of one layer, found under another program's scope, with its momentum; what is somebody
// else's is unexpected.
func ExampleMatch() {
	network := &network.Info{Optimizer: "mom", Variables: []network.VariableInfo{{Name: "logit/biases", Shape: []int{2}, Trainable: true}}}
	source := &interchange.Source{File: &checkpoint.File{Tensors: []checkpoint.Tensor{
		{Name: "resnet/logit/biases", Shape: []int{2}, Float32: []float32{0.5, -0.5}},
		{Name: "resnet/logit/biases/Momentum", Shape: []int{2}, Float32: []float32{0, 0}},
		{Name: "global_step", Shape: []int{}, Int64: []int64{64000}},
		{Name: "learning_rate", Shape: []int{}, Float32: []float32{0.1}},
	}}}
	found, err := interchange.Match(network, source, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, row := range found.Matched {
		fmt.Printf("%s %s: %s\n", row.Kind, row.Name, row.Source)
	}
	fmt.Println("unexpected:", found.Unexpected[0].Name)
	// Output:
	// variable logit/biases: resnet/logit/biases
	// slot logit/biases/Momentum: resnet/logit/biases/Momentum
	// step global_step: global_step
	// unexpected: learning_rate
}
