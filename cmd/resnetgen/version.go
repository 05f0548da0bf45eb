package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/gen"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "version",
		Short:             "Print the version of the compiler",
		Args:              namesWanted(0),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return write(cmd.OutOrStdout(), fmt.Appendf(nil, "resnetgen %s, %s %s/%s\n",
				gen.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH))
		},
	}
}
