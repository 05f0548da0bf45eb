package cli

import (
	"bytes"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/asm/cpu"
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/report"
)

// infoJSON is what info --json prints.
type infoJSON struct {
	Name         string          `json:"name"`
	Spec         string          `json:"spec_sha256"`
	Generator    string          `json:"generator"`
	Input        [3]int          `json:"input"`
	Mean         []float64       `json:"mean,omitempty"` // of each channel, that images are standardized by, of pixels from 0 to 1
	Std          []float64       `json:"std,omitempty"`
	Classes      int             `json:"classes"`
	Batch        int             `json:"batch"`
	EvalBatch    int             `json:"eval_batch"`
	Parameters   int64           `json:"parameters"`
	MACs         int64           `json:"macs"`
	ArenaBytes   int64           `json:"arena_bytes"`
	ScratchBytes int64           `json:"scratch_bytes_per_worker"`
	InferBytes   int64           `json:"infer_bytes_per_worker"`
	Layers       []network.Layer `json:"layers"`
	Variables    []variableJSON  `json:"variables"`
	CPU          string          `json:"cpu"`
	Kernels      []f32.Kernel    `json:"kernels"`
	report.Memory
}

type variableJSON struct {
	Name      string `json:"name"`
	Shape     []int  `json:"shape"`
	Trainable bool   `json:"trainable"`
}

func (a *app) infoCommand() *cobra.Command {
	asJSON := false
	c := &cobra.Command{
		Use: "info", Short: "print layers, parameters, memory, and the kernels chosen on this CPU", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if asJSON {
				return a.json(a.describe())
			}
			return a.printInfo()
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "for other programs")
	return c
}

func (a *app) describe() infoJSON {
	i := a.Info
	d := infoJSON{
		Name: i.Name, Spec: i.SpecHash, Generator: i.Generator, Input: i.Input, Mean: i.Mean, Std: i.Std, Classes: i.Classes,
		Batch: i.Batch, EvalBatch: i.EvalBatch, Parameters: i.Parameters, MACs: i.MACs,
		ArenaBytes: i.ArenaBytes, ScratchBytes: i.ScratchBytes, InferBytes: i.InferBytes, Layers: i.Layers, CPU: cpu.String(), Kernels: f32.Kernels(),
		Memory: report.MemoryOf(i),
	}
	for _, v := range i.Variables {
		d.Variables = append(d.Variables, variableJSON{v.Name, v.Shape, v.Trainable})
	}
	return d
}

func (a *app) printInfo() error {
	i := a.Info
	var out bytes.Buffer
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	row := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) } // Flush reports what went wrong
	row("#\tlayer\top\tin\tout\tparams\tMACs\talgorithm")
	for k, l := range i.Layers {
		row("%d\t%s\t%s\t%s\t%s\t%d\t%d\t%s", k, l.Name, l.Op, size(l.In), size(l.Out), l.Parameters, l.MACs, l.Algorithm)
	}
	if err := errors.Join(w.Flush(), printPlan(&out, i)); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	row("parameters\t%s", humanize.Comma(i.Parameters))
	row("multiply-accumulates an image\t%s", humanize.Comma(i.MACs))
	if i.Mean != nil {
		row("standardized by\tmean %v, deviation %v", i.Mean, i.Std)
	}
	row("batch\t%d in training, %d in evaluation", i.Batch, i.EvalBatch)
	row("arena\t%s", humanize.IBytes(uint64(i.ArenaBytes)))
	row("scratch\t%s a worker", humanize.IBytes(uint64(i.ScratchBytes)))
	row("to predict\t%s a worker", humanize.IBytes(uint64(i.InferBytes)))
	row("generator\tresnetgen %s", i.Generator)
	row("spec\tsha256 %s", i.SpecHash)
	row("CPU\t%s", cpu.String())
	for _, k := range f32.Kernels() {
		row("  %s\t%s", k.Family, k.Implementation)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return a.print(out.String())
}

// printPlan writes the plan of the arena between two empty lines.
func printPlan(out *bytes.Buffer, i *network.Info) error {
	plan := report.MemoryOf(i)
	out.WriteString("\n")
	defer out.WriteString("\n")
	return plan.Print(out)
}

func size(s [3]int) string { return fmt.Sprintf("%d×%d×%d", s[0], s[1], s[2]) }
