package report

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/dustin/go-humanize"

	"github.com/resnetgen/resnetgen/runtime/network"
)

// Network is what info --json prints of a network, as far as its spec alone decides it.
type Network struct {
	Name         string             `json:"name"`
	SpecHash     string             `json:"spec_sha256"`
	Generator    string             `json:"generator"`
	Input        [3]int             `json:"input"`               // height, width, channels
	Preprocess   network.Preprocess `json:"preprocess,omitzero"` // how images of any size become the input
	Mean         []float64          `json:"mean,omitempty"`      // of each channel, that images are standardized by, of pixels from 0 to 1
	Std          []float64          `json:"std,omitempty"`
	Classes      int                `json:"classes"`
	Batch        int                `json:"batch"`
	EvalBatch    int                `json:"eval_batch"`
	Optimizer    string             `json:"optimizer"`
	Parameters   int64              `json:"parameters"`
	MACs         int64              `json:"macs"`
	ArenaBytes   int64              `json:"arena_bytes"`
	ScratchBytes int64              `json:"scratch_bytes"` // of one worker
	InferBytes   int64              `json:"infer_bytes_per_worker"`
	Memory
	Stages    []Stage         `json:"stages"`
	Layers    []network.Layer `json:"layers"`
	Variables []Variable      `json:"variables"`
}

// Variable is a variable of a network.
type Variable struct {
	Name      string `json:"name"`
	Shape     []int  `json:"shape"`            // in files
	Layout    string `json:"layout,omitempty"` // its axes: HWIO or OIHW of a kernel, IO or OI of a matrix
	Trainable bool   `json:"trainable"`
}

// NetworkOf returns what is known of a network.
func NetworkOf(i *network.Info) Network {
	n := Network{
		Name: i.Name, SpecHash: i.SpecHash, Generator: i.Generator, Input: i.Input, Preprocess: i.Preprocess, Mean: i.Mean, Std: i.Std,
		Classes: i.Classes, Batch: i.Batch, EvalBatch: i.EvalBatch, Optimizer: i.Optimizer, Parameters: i.Parameters, MACs: i.MACs,
		ArenaBytes: i.ArenaBytes, ScratchBytes: i.ScratchBytes, InferBytes: i.InferBytes,
		Memory: MemoryOf(i), Stages: stagesOf(i.Layers), Layers: i.Layers, Variables: make([]Variable, len(i.Variables)),
	}
	for k, v := range i.Variables {
		n.Variables[k] = Variable{v.Name, v.FileShape(), v.Layout.Axes(len(v.Shape)), v.Trainable}
	}
	return n
}

// Print writes the tables of stages and of layers, the plan of memory, and what both follow from.
func (n *Network) Print(out io.Writer) error {
	// An output that fails goes on failing: the last write tells.
	fmt.Fprintf(out, "%s: %s images, %d classes, batch %d (eval %d), optimizer %s\n\n",
		n.Name, size(n.Input), n.Classes, n.Batch, n.EvalBatch, n.Optimizer)
	if err := printStages(out, n.Stages); err != nil {
		return err
	}
	fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "#\tlayer\top\tin\tout\tparameters\tMACs\talgorithm")
	for i, l := range n.Layers {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", i, l.Name, l.Op, size(l.In), size(l.Out),
			humanize.Comma(l.Parameters), humanize.Comma(l.MACs), l.Algorithm)
	}
	fmt.Fprintf(w, "\ttotal\t\t\t\t%s\t%s\n", humanize.Comma(n.Parameters), humanize.Comma(n.MACs))
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	if err := n.Memory.Print(out); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nmemory: %s arena, %s scratch a worker; to predict, %s a worker\n",
		Bytes(n.ArenaBytes), Bytes(n.ScratchBytes), Bytes(n.InferBytes))
	if n.Preprocess != (network.Preprocess{}) {
		fmt.Fprintf(out, "images: %s\n", n.Preprocess.Describe(n.Input))
	}
	if n.Mean != nil {
		fmt.Fprintf(out, "images: standardized by the means %v and the deviations %v\n", n.Mean, n.Std)
	}
	_, err := fmt.Fprintf(out, "made:   by resnetgen %s\nspec:   sha256 %s\n", n.Generator, n.SpecHash)
	return err
}

func size(s [3]int) string { return sizes(s[:]) }
