package main

import (
	"bytes"
	"fmt"
	"text/tabwriter"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/cmd/resnetgen/internal/source"
	"github.com/resnetgen/resnetgen/gen"
	"github.com/resnetgen/resnetgen/spec/zoo"
)

func zooCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "zoo [NAME]",
		Short: "List the published networks, or print the spec of one",
		Long: `Zoo lists the published networks, or prints the spec of one. Wherever a spec is wanted, zoo:NAME
stands for it.`,
		Example: `  resnetgen zoo
  resnetgen zoo wrn-16-8 >wide.yaml`,
		Args: namesWanted(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return zoo.Names(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return listZoo(cmd)
			}
			data, err := zoo.Read(args[0])
			if err != nil {
				return err
			}
			return write(cmd.OutOrStdout(), data)
		},
	}
}

func listZoo(cmd *cobra.Command) error {
	var out bytes.Buffer
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "name\tinput\tclasses\tparameters\tMACs")
	for _, name := range zoo.Names() {
		net, err := source.Read(source.ZooPrefix+name, nil)
		if err != nil {
			return err
		}
		info, err := gen.Describe(net)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\n", name, net.Input, net.Classes,
			humanize.Comma(info.Parameters), humanize.Comma(info.MACs))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return write(cmd.OutOrStdout(), out.Bytes())
}
