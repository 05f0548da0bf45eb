package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/asm/cpu"
	"github.com/resnetgen/resnetgen/asm/f32"
)

func cpuCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "cpu",
		Short: "Print this CPU's features and which kernels run on it",
		Long: `Cpu prints what generated networks find when they start on this machine: the CPU's features, and for
each family of kernels the implementation that serves it, and why. The variable ` + cpu.Variable + ` lowers
the choice.`,
		Example: `  resnetgen cpu
  RESNETGEN_CPU=portable resnetgen cpu --json`,
		Args:              namesWanted(0),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := cpu.Err(); err != nil {
				return err
			}
			var out bytes.Buffer
			report := cpuText
			if asJSON {
				report = cpuJSON
			}
			if err := report(&out); err != nil {
				return fmt.Errorf("print: %w", err)
			}
			return write(cmd.OutOrStdout(), out.Bytes())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func cpuText(out *bytes.Buffer) error {
	fmt.Fprintf(out, "%s\n\nfeatures: %s\n\n", cpu.String(), strings.Join(cpu.Features(), " "))
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "kernels\timplementation\twhy")
	for _, k := range f32.Kernels() {
		fmt.Fprintf(w, "%s\t%s\t%s\n", k.Family, k.Implementation, k.Why)
	}
	return w.Flush()
}

func cpuJSON(out *bytes.Buffer) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		CPU      string       `json:"cpu"`
		Level    string       `json:"level"`
		Features []string     `json:"features"`
		Kernels  []f32.Kernel `json:"kernels"`
	}{cpu.String(), cpu.Active().String(), cpu.Features(), f32.Kernels()})
}
