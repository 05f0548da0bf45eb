package main

import (
	"bytes"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/cmd/resnetgen/internal/output"
	"github.com/resnetgen/resnetgen/internal/printable"
)

func checkCommand() *cobra.Command {
	flags := packageFlags{keep: true}
	cmd := &cobra.Command{
		Use:   "check SPEC…",
		Short: "Check that generated packages are current",
		Long: `Check compares each network's folder with what generate would write there, with the same flags, and
changes nothing; without --with, the trainer's parts are those that it has. It exits with 1 and names each file that is missing, differs, is stale, or is not
resnetgen's and in the way.`,
		Example: `  resnetgen check net.yaml
  resnetgen check net.yaml -o model  # as it was generated`,
		Args:              specsWanted(1, many),
		ValidArgsFunction: completeSpecs,
		RunE: func(cmd *cobra.Command, args []string) error {
			flags.dirSet, flags.withSet = cmd.Flags().Changed("out"), cmd.Flags().Changed("with")
			return check(cmd, args, &flags)
		},
	}
	flags.register(cmd)
	return cmd
}

func check(cmd *cobra.Command, specs []string, flags *packageFlags) error {
	networks, err := flags.inspect(specs, cmd.InOrStdin())
	if err != nil {
		return err
	}
	var out bytes.Buffer
	for _, n := range networks {
		list(&out, n.folder)
	}
	if err := write(cmd.OutOrStdout(), out.Bytes()); err != nil {
		return err
	}
	if n := bytes.Count(out.Bytes(), []byte("\n")); n > 0 {
		return outdated(n)
	}
	return nil
}

// list prints a line for each file that is not as generate would leave it.
func list(out *bytes.Buffer, f *output.Folder) {
	for _, kind := range []struct {
		word  string
		names []string
	}{
		{"missing", f.Missing}, {"differs", f.Differ}, {"stale", f.Stale}, {"in the way", f.Foreign},
	} {
		for _, name := range kind.names {
			printable.Fprintf(out, "%s: %s\n", kind.word, filepath.Join(f.Dir, filepath.FromSlash(name)))
		}
	}
}
