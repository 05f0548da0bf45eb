package onnx_test

import (
	"bytes"
	"fmt"

	"github.com/resnetgen/resnetgen/gen"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/onnx"
	"github.com/resnetgen/resnetgen/spec"
)

// A network's description, which generated packages have as Info, and its variables become a model,
// and the variables come back.
func Example() {
	net, err := spec.Parse("tiny.yaml", []byte("{name: tiny, input: {height: 8, width: 8, channels: 1}, classes: 3, filters: [4, 4, 6], strides: [1, 2], units: 1}"))
	if err != nil {
		fmt.Println(err)
		return
	}
	info, err := gen.Describe(net)
	if err != nil {
		fmt.Println(err)
		return
	}
	variables := &checkpoint.File{} // of a training; here zeros
	for _, v := range info.Variables {
		variables.Tensors = append(variables.Tensors, checkpoint.Tensor{Name: v.Name, Shape: v.Shape, Float32: make([]float32, v.Elements())})
	}
	var model bytes.Buffer
	if err := onnx.Encode(&model, info, variables, onnx.Options{Preprocess: true}); err != nil {
		fmt.Println(err)
		return
	}
	read, err := onnx.Decode(model.Bytes(), network.HWIO)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(read.Tensors) == len(info.Variables), read.Find("logit/DW").Shape)
	// Output: true [6 3]
}
