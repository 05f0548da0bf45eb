package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/resnetgen/resnetgen/spec"
)

// outputs are what is summed of each network.
var outputs = []string{"checkpoint", "training logits", "inference logits", "onnx"}

// sums has a sum, in hexadecimal, for each of outputs.
type sums map[string]string

// compute generates, builds and runs the trainers of specs, given by name, with the compiler and
// the runtime of a checkout.
func compute(root string, texts map[string]string) (map[string]sums, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "samebits-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }() // it is the system's to clean
	if err := build(root, folder, texts); err != nil {
		return nil, err
	}
	cifar := filepath.Join(folder, "cifar")
	if err := writeCIFAR(cifar); err != nil {
		return nil, err
	}
	all := map[string]sums{}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		fmt.Fprintf(os.Stderr, "%s: %s\n", root, name)
		n := network{trainer: filepath.Join(folder, "bin", name), folder: filepath.Join(folder, name+".run"), data: cifar}
		if err := n.read(name, texts[name]); err != nil {
			return nil, err
		}
		if all[name], err = n.run(); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return all, nil
}

// build puts a module with all networks into a folder, and their trainers into its folder bin.
func build(root, folder string, texts map[string]string) error {
	files := map[string]string{
		"go.mod":  "module example.com/nets\n\ngo 1.26\n",
		"go.work": fmt.Sprintf("go 1.26.0\n\nuse (\n\t.\n\t%q\n)\n", root),
	}
	for name, text := range texts {
		files[name+".yaml"] = text
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	compiler := filepath.Join(folder, "resnetgen")
	if err := command(root, nil, "go", "build", "-o", compiler, "./cmd/resnetgen"); err != nil {
		return err
	}
	workspace := []string{"GOWORK=" + filepath.Join(folder, "go.work"), "GOFLAGS=-trimpath"}
	for name := range texts {
		if err := command(folder, workspace, compiler, "generate", "--with", "none", name+".yaml"); err != nil {
			return err
		}
	}
	return command(folder, workspace, "go", "build", "-o", "bin"+string(filepath.Separator), "./...")
}

// network is a network's trainer, the folder of its run, and what it trains on.
type network struct {
	trainer, folder, data string
	input                 [3]int
	hasSlots              bool
}

// read takes what a spec says of the network. Images of one channel are those of the embedded data
// set.
func (n *network) read(name, text string) error {
	net, err := spec.Parse(name+".yaml", []byte(text))
	if err != nil {
		return err
	}
	n.input = [3]int{net.Input.Height, net.Input.Width, net.Input.Channels}
	n.hasSlots = net.Train.Optimizer != "sgd"
	if net.Input.Channels == 1 {
		n.data = "fashion-mini"
	}
	return nil
}

// run trains and sums what the network computes. The checkpoint's sum has the optimizer slots,
// if it keeps anything.
func (n *network) run() (sums, error) {
	trainer, folder := n.trainer, n.folder
	weights, model, batch := folder+".safetensors", folder+".onnx", folder+".batch"
	if err := os.WriteFile(batch, randomBatch(n.input), 0o644); err != nil {
		return nil, err
	}
	export := []string{"export", "--checkpoint", folder, "--raw", "--format", "safetensors", "--out", weights}
	if n.hasSlots {
		export = append(export, "--with-momentum")
	}
	for _, args := range [][]string{
		{"train", "--data", n.data, "--steps", "6", "--seed", "21", "--threads", "2", "--out", folder},
		export,
		{"export", "--checkpoint", folder, "--raw", "--format", "onnx", "--out", model},
		{"step", "--weights", weights, "--batch", batch, "--mode", "eval", "--out", folder + ".eval"},
		{"step", "--weights", weights, "--batch", batch, "--mode", "infer", "--out", folder + ".infer"},
	} {
		if err := command("", nil, trainer, args...); err != nil {
			return nil, err
		}
	}
	all := sums{}
	for what, of := range map[string]func() (string, error){
		"checkpoint":       func() (string, error) { return sumTensors(weights, "") },
		"training logits":  func() (string, error) { return sumTensors(folder+".eval", "logits") },
		"inference logits": func() (string, error) { return sumTensors(folder+".infer", "logits") },
		"onnx":             func() (string, error) { return sumModel(model) },
	} {
		sum, err := of()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		all[what] = sum
	}
	return all, nil
}

// command runs a program in a folder.
func command(folder string, env []string, program string, args ...string) error {
	c := exec.Command(program, args...)
	c.Dir, c.Env = folder, append(os.Environ(), env...)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %v: %w\n%s", filepath.Base(program), args, err, out)
	}
	return nil
}
