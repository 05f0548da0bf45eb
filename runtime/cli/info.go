package cli

import (
	"bytes"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/asm/cpu"
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/report"
)

// description is what info --json prints: the network, and what serves it on this machine.
type description struct {
	report.Network
	CPU     string       `json:"cpu"`
	Kernels []f32.Kernel `json:"kernels"`
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
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (a *app) describe() *description {
	return &description{report.NetworkOf(a.Info), cpu.String(), f32.Kernels()}
}

func (a *app) printInfo() error {
	d := a.describe()
	var out bytes.Buffer
	if err := d.Network.Print(&out); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "CPU:    %s\n", d.CPU) // Flush reports what went wrong
	for _, k := range d.Kernels {
		fmt.Fprintf(w, "  %s\t%s\n", k.Family, k.Implementation)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return a.print(out.String())
}

func size(s [3]int) string { return fmt.Sprintf("%d×%d×%d", s[0], s[1], s[2]) }
