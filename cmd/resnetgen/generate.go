package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/cmd/resnetgen/internal/gomod"
	"github.com/resnetgen/resnetgen/cmd/resnetgen/internal/output"
	"github.com/resnetgen/resnetgen/internal/printable"
)

func generateCommand() *cobra.Command {
	var flags packageFlags
	cmd := &cobra.Command{
		Use:   "generate SPEC…",
		Short: "Write the Go package, the trainer and the inference package of each network",
		Long: `Generate writes the Go package of each network, its trainer in cmd/NAME below it, and in infer a
package for programs that only predict: with --infer, this alone. They import each other by the path that
the nearest go.mod gives the folder. --with chooses which opt-in parts the trainer links: dashboard, a page
that shows a training or finished runs; serve, a prediction server; tensorboard, event files.

Files are replaced whole or not at all, and those that are right are not touched. Files of the package
that an earlier version wrote and this one does not are removed. Files that resnetgen did not write are
never changed: one in the way of an output is an error, and nothing is written.

The commands that come next are printed, but not under go generate.`,
		Example: `  resnetgen generate net.yaml             # into net/ beside it
  resnetgen generate net.yaml -o model    # into model/
  resnetgen generate a.yaml b.yaml -o nn  # into nn/a and nn/b`,
		Args:              specsWanted(1, many),
		ValidArgsFunction: completeSpecs,
		RunE: func(cmd *cobra.Command, args []string) error {
			flags.dirSet, flags.withSet = cmd.Flags().Changed("out"), cmd.Flags().Changed("with")
			return generate(cmd, args, &flags)
		},
	}
	flags.register(cmd)
	return cmd
}

func generate(cmd *cobra.Command, specs []string, flags *packageFlags) error {
	networks, err := flags.inspect(specs, cmd.InOrStdin())
	if err != nil {
		return err
	}
	folders := make([]*output.Folder, len(networks))
	var report strings.Builder
	for i, n := range networks {
		folders[i] = n.folder
		report.WriteString(summary(&n) + "\n")
	}
	if err := output.Write(folders); err != nil {
		return err
	}
	noted := map[string]bool{}
	for _, n := range networks {
		if !n.place.HasRuntime && !noted[n.place.GoMod] {
			noted[n.place.GoMod] = true
			printable.Fprintf(cmd.ErrOrStderr(), "resnetgen: note: %s does not require %s yet: run go get %[2]s there\n", n.place.GoMod, gomod.Runtime)
		}
	}
	cwd, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("locate the current folder: %w", err)
	}
	return write(cmd.OutOrStdout(), []byte(report.String()+nextSteps(networks, cwd)))
}

// summary says in a line what a network is and what is done to its folder.
func summary(n *compiled) string {
	f := n.folder
	written := len(f.Missing) + len(f.Differ)
	changes := fmt.Sprintf("%d written", written)
	if written == 0 {
		changes = "all current"
	}
	if len(f.Stale) > 0 {
		changes += fmt.Sprintf(", %d stale removed", len(f.Stale))
	}
	return printable.Sprintf("%s: %d files in %s (%s), %s parameters, %s MACs, %s arena",
		n.net.Name, written+len(f.Same), f.Dir, changes,
		humanize.Comma(n.info.Parameters), humanize.Comma(n.info.MACs), humanize.IBytes(uint64(n.info.ArenaBytes)))
}
