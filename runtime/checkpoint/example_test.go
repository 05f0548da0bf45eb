package checkpoint_test

import (
	"bytes"
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
)

func Example() {
	var file bytes.Buffer
	err := checkpoint.Encode(&file, &checkpoint.File{
		Tensors: []checkpoint.Tensor{
			{Name: "logit/biases", Shape: []int{2}, Float32: []float32{0.5, -0.5}},
			{Name: "global_step", Int64: []int64{46}},
		},
		Metadata: map[string]string{"network": "tiny"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	read, err := checkpoint.Decode(file.Bytes())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range read.Tensors {
		fmt.Println(t.Name, t.Type(), t.Shape, t.Float32, t.Int64)
	}
	fmt.Println(read.Metadata["network"], len(read.Sum))

	file.Bytes()[file.Len()-1] ^= 1 // damage is found
	_, err = checkpoint.Decode(file.Bytes())
	fmt.Println(err != nil)
	// Output:
	// global_step int64 [] [] [46]
	// logit/biases float32 [2] [0.5 -0.5] []
	// tiny 64
	// true
}
