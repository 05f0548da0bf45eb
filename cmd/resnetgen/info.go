package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/cmd/resnetgen/internal/source"
	"github.com/resnetgen/resnetgen/gen"
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
			said := report.NetworkOf(info)
			if asJSON {
				enc := json.NewEncoder(&out)
				enc.SetIndent("", "  ")
				enc.SetEscapeHTML(false)
				err = enc.Encode(said)
			} else {
				err = said.Print(&out)
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
