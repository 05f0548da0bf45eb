package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/gen"
	"github.com/resnetgen/resnetgen/internal/thirdparty"
	"github.com/resnetgen/resnetgen/runtime/abi"
)

// commit is set by releases, which are built from a known commit; other builds know theirs from the
// go command.
var commit string

func versionCommand() *cobra.Command {
	var licences bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the compiler's version, commit and kernel ABI",
		Long: `Version prints the compiler's version; the commit that it is built from, as far as it is known; the
version of the ABI between generated packages and the kernels: packages of another do not compile, until
resnetgen generate has made them again; and the Go version and system that it is built with. With --licences
it prints the licences of Go and of the libraries in it instead.`,
		Example: `  resnetgen version
  resnetgen version --licences >LICENCES`,
		Args:              namesWanted(0),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if licences {
				return write(cmd.OutOrStdout(), []byte(thirdparty.Licences()))
			}
			info, _ := debug.ReadBuildInfo() // nil where the go command has left none
			return write(cmd.OutOrStdout(), fmt.Appendf(nil, "resnetgen %s, commit %s, ABI %d, %s %s/%s\n",
				gen.Version, builtFrom(commit, info), abi.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH))
		},
	}
	cmd.Flags().BoolVar(&licences, "licences", false, "print the licences of what the compiler links")
	return cmd
}

// builtFrom names the commit: the released one, or what the build's record says of it.
func builtFrom(released string, info *debug.BuildInfo) string {
	if released != "" {
		return released
	}
	if info == nil {
		return "unknown"
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	revision := settings["vcs.revision"]
	switch {
	case revision != "" && settings["vcs.modified"] == "true":
		return revision + " with changes"
	case revision != "":
		return revision
	case info.Main.Sum != "": // from a module proxy: the version and the module's hash say which source it is
		return "of module version " + info.Main.Version
	}
	return "unknown"
}
