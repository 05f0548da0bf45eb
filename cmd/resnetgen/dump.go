package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/cmd/resnetgen/internal/source"
	"github.com/resnetgen/resnetgen/gen"
	"github.com/resnetgen/resnetgen/spec"
)

// decoded is the pass before the compiler's first: what the decoder made of the file.
var decoded = gen.PassInfo{Name: "spec", Description: "read the file and fill in every default"}

func dumpCommand() *cobra.Command {
	var pass string
	cmd := &cobra.Command{
		Use:   "dump [--pass P] [SPEC]",
		Short: "Print the compiler's graph after a pass",
		Long: `Dump prints the compiler's graph as it is after a pass, or the spec with every default filled in.
Without --pass it lists the passes.`,
		Example: `  resnetgen dump                         # lists the passes
  resnetgen dump --pass phases net.yaml
  resnetgen dump --pass infer/epilogue zoo:resnet20`,
		Args:              specsWanted(0, 1),
		ValidArgsFunction: completeSpecs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("pass") {
				return listPasses(cmd)
			}
			if len(args) == 0 {
				return errors.New("dump: got no spec, want one")
			}
			if names := passNames(); !slices.Contains(names, pass) {
				return fmt.Errorf("pass: got %q, want one of %s", pass, strings.Join(names, ", "))
			}
			net, err := source.Read(args[0], cmd.InOrStdin())
			if err != nil {
				return err
			}
			if pass == decoded.Name {
				return write(cmd.OutOrStdout(), spec.Encode(net))
			}
			graph, err := gen.Dump(net, pass)
			if err != nil {
				return err
			}
			return write(cmd.OutOrStdout(), []byte(graph))
		},
	}
	cmd.Flags().StringVar(&pass, "pass", "", "the `pass`")
	complete := func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var names []string
		for _, p := range passes() {
			names = append(names, p.Name+"\t"+p.Description)
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
	_ = cmd.RegisterFlagCompletionFunc("pass", complete) // fails only for a flag that is not there
	return cmd
}

func passes() []gen.PassInfo { return append([]gen.PassInfo{decoded}, gen.Passes()...) }

func passNames() []string {
	var names []string
	for _, p := range passes() {
		names = append(names, p.Name)
	}
	return names
}

func listPasses(cmd *cobra.Command) error {
	var out bytes.Buffer
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for _, p := range passes() {
		fmt.Fprintf(w, "%s\t%s\n", p.Name, p.Description)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return write(cmd.OutOrStdout(), out.Bytes())
}
