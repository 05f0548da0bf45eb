package state_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// Save writes a network's variables and the step. Assign sets those of another one from the file.
func Example() {
	folder, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a temporary folder
	path := filepath.Join(folder, "step-7.safetensors")

	net := fakenet.New(network.Options{}) // stands for a generated network
	network.Initialize(net.Variables(), 1)
	metadata, err := state.Header(&fakenet.Info)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := state.Save(path, net, 7, metadata); err != nil {
		fmt.Println(err)
		return
	}

	file, err := checkpoint.Read(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	again := fakenet.New(network.Options{})
	if err := state.Assign(again, file, nil); err != nil {
		fmt.Println(err)
		return
	}
	step, err := state.Step(file)
	fmt.Println("step", step, err)
	fmt.Println("same weights:", again.Variables()[0].Value[0] == net.Variables()[0].Value[0])
	// Output:
	// step 7 <nil>
	// same weights: true
}
