package tfcheckpoint_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/tfcheckpoint"
)

func Example() {
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	files, err := tfcheckpoint.Write(filepath.Join(folder, "model.ckpt-46"), []checkpoint.Tensor{
		{Name: "logit/biases", Shape: []int{2}, Float32: []float32{0.5, -0.5}},
		{Name: "global_step", Int64: []int64{46}},
	}, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range files {
		fmt.Println(filepath.Base(f))
	}
	newest, err := tfcheckpoint.Read(folder) // the newest checkpoint of a folder
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range newest.Tensors {
		fmt.Println(t.Name, t.Type(), t.Shape)
	}
	// Output:
	// model.ckpt-46.data-00000-of-00001
	// model.ckpt-46.index
	// checkpoint
	// global_step int64 []
	// logit/biases float32 [2]
}
