package gen_test

import (
	"fmt"
	"strings"

	"github.com/resnetgen/resnetgen/gen"
	"github.com/resnetgen/resnetgen/spec"
)

const tiny = "{name: tiny, input: {height: 8, width: 8, channels: 1}, classes: 3, filters: [4, 4, 6], strides: [1, 2], units: 1, train: {batch: 4}}"

func ExampleCompile() {
	net, err := spec.Parse("tiny.yaml", []byte(tiny))
	if err != nil {
		fmt.Println(err)
		return
	}
	files, err := gen.Compile(net, gen.Options{ImportPath: "example.com/shop/tiny", InferOnly: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range files {
		fmt.Println(f.Path)
	}
	// Output:
	// infer/model.go
	// infer/network.go
	// infer/memory.go
	// infer/example_test.go
	// infer/stem.go
	// infer/stage1.go
	// infer/stage2.go
	// infer/head.go
}

func ExampleDescribe() {
	net, err := spec.Parse("tiny.yaml", []byte(tiny))
	if err != nil {
		fmt.Println(err)
		return
	}
	info, err := gen.Describe(net)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(info.Parameters, "parameters,", info.MACs, "multiply-accumulates")
	for _, layer := range info.Layers[:3] {
		fmt.Println(layer.Name, layer.In, layer.Out)
	}
	// Output:
	// 933 parameters, 29394 multiply-accumulates
	// init/init_conv [8 8 1] [8 8 4]
	// unit_1_0/sub1 [8 8 4] [8 8 4]
	// unit_1_0/sub2 [8 8 4] [8 8 4]
}

// The graph after a pass, as resnetgen dump prints it.
func ExampleDump() {
	net, err := spec.Parse("tiny.yaml", []byte(tiny))
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := gen.Dump(net, "infer/epilogue")
	if err != nil {
		fmt.Println(err)
		return
	}
	phase, _, _ := strings.Cut(text[strings.Index(text, "unit_1_0/sub2 forward"):], "\n\n")
	fmt.Println(phase)
	// Output:
	// unit_1_0/sub2 forward
	//   unit_1_0/yOut@scratch[8×8×4] = conv unit_1_0/aBN2@scratch+halo[8×8×4] {unit_1_0/sub2/conv2/DW 3×3/1 direct}
	//   unit_2_0/aInitBN@scratch+halo[8×8×4] = unit_1_0/out@scratch[8×8×4] = epilogue unit_1_0/yOut@scratch[8×8×4], unit_1_0/aInitBN@scratch[8×8×4] {unit_2_0/residual_only_activation/init_bn}
}
