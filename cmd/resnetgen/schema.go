package main

import (
	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/spec"
)

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of specs, for editors",
		Long: `Schema prints the JSON Schema (draft 2020-12) of specs. Editors with the YAML language server use it
after this line on top of a spec:

  # yaml-language-server: $schema=schema.json`,
		Example:           `  resnetgen schema >schema.json`,
		Args:              namesWanted(0),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return write(cmd.OutOrStdout(), spec.Schema())
		},
	}
}
