package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/cmd/resnetgen/internal/source"
	"github.com/resnetgen/resnetgen/gen"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/report"
)

func infoCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "info SPEC",
		Short: "Print a network's layers, parameters, multiply-accumulates and memory",
		Example: `  resnetgen info zoo:resnet110
  resnetgen info --json net.yaml`,
		Args:              specsWanted(1, 1),
		ValidArgsFunction: completeSpecs,
		RunE: func(cmd *cobra.Command, args []string) error {
			net, err := source.Read(args[0], cmd.InOrStdin())
			if err != nil {
				return err
			}
			info, err := gen.Describe(net)
			if err != nil {
				return err
			}
			var out bytes.Buffer
			if asJSON {
				err = infoJSON(&out, info)
			} else {
				err = infoText(&out, info)
			}
			if err != nil {
				return fmt.Errorf("print: %w", err)
			}
			return write(cmd.OutOrStdout(), out.Bytes())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// infoText prints a table of layers between what is given and what follows from it.
func infoText(out *bytes.Buffer, info *network.Info) error {
	fmt.Fprintf(out, "%s: %s images, %d classes, batch %d (eval %d), optimizer %s\n\n",
		info.Name, size(info.Input), info.Classes, info.Batch, info.EvalBatch, info.Optimizer)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "#\tlayer\top\tin\tout\tparameters\tMACs")
	for i, l := range info.Layers {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", i, l.Name, l.Op, size(l.In), size(l.Out),
			humanize.Comma(l.Parameters), humanize.Comma(l.MACs))
	}
	fmt.Fprintf(w, "\ttotal\t\t\t\t%s\t%s\n", humanize.Comma(info.Parameters), humanize.Comma(info.MACs))
	if err := w.Flush(); err != nil {
		return err
	}
	out.WriteString("\n")
	plan := report.MemoryOf(info)
	if err := plan.Print(out); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nmemory: %s arena, %s scratch a worker; to predict, %s a worker\nspec:   sha256 %s\n",
		report.Bytes(info.ArenaBytes), report.Bytes(info.ScratchBytes), report.Bytes(info.InferBytes), info.SpecHash)
	return nil
}

func size(s [3]int) string { return fmt.Sprintf("%d×%d×%d", s[0], s[1], s[2]) }

// infoJSON prints what trainers print with info --json, as far as a spec alone decides it.
func infoJSON(out *bytes.Buffer, info *network.Info) error {
	type variable struct {
		Name      string `json:"name"`
		Shape     []int  `json:"shape"`
		Trainable bool   `json:"trainable"`
	}
	variables := make([]variable, len(info.Variables))
	for i, v := range info.Variables {
		variables[i] = variable{v.Name, v.Shape, v.Trainable}
	}
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(struct {
		Name         string    `json:"name"`
		SpecSHA256   string    `json:"spec_sha256"`
		Generator    string    `json:"generator"`
		Input        [3]int    `json:"input"`          // height, width, channels
		Mean         []float64 `json:"mean,omitempty"` // of each channel, that images are standardized by, of pixels from 0 to 1
		Std          []float64 `json:"std,omitempty"`
		Classes      int       `json:"classes"`
		Batch        int       `json:"batch"`
		EvalBatch    int       `json:"eval_batch"`
		Optimizer    string    `json:"optimizer"`
		Parameters   int64     `json:"parameters"`
		MACs         int64     `json:"macs"`
		ArenaBytes   int64     `json:"arena_bytes"`
		ScratchBytes int64     `json:"scratch_bytes"`
		InferBytes   int64     `json:"infer_bytes_per_worker"`
		report.Memory
		Layers    []network.Layer `json:"layers"`
		Variables []variable      `json:"variables"`
	}{
		info.Name, info.SpecHash, info.Generator, info.Input, info.Mean, info.Std, info.Classes, info.Batch, info.EvalBatch,
		info.Optimizer, info.Parameters, info.MACs, info.ArenaBytes, info.ScratchBytes, info.InferBytes, report.MemoryOf(info), info.Layers, variables,
	})
}
