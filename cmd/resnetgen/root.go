package main

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/spf13/cobra"
)

// extraCommands are those of build tags.
var extraCommands []func() *cobra.Command

// rootCommand assembles the command line, which prints to out and errOut. Errors are printed by
// run, never by cobra.
func rootCommand(out, errOut io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:   "resnetgen",
		Short: "Compile residual networks from YAML specs into Go packages",
		Long: `Resnetgen compiles residual networks from YAML specs into Go packages: every layer unrolled, every
shape a constant, on hand-written assembly kernels.

A SPEC is a file, zoo:NAME for a published network, or - for standard input. Exit codes: 0 done,
1 out of date (check), 2 wrong input.`,
		Example: `  go mod init example.com/shop
  resnetgen init --from zoo/resnet20-fashion-fast clothes  # clothes.yaml, a spec to start from
  resnetgen generate clothes.yaml                          # the package clothes and its trainer
  go mod tidy
  go run ./clothes/cmd/clothes train --data fashion-mini --epochs 5 --out runs/first`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(
		generateCommand(), checkCommand(), infoCommand(), initCommand(), schemaCommand(),
		dumpCommand(), graphCommand(), cpuCommand(), zooCommand(), versionCommand(),
	)
	for _, command := range extraCommands {
		root.AddCommand(command())
	}
	root.SetOut(out)
	root.SetErr(errOut)
	root.SetHelpCommand(helpCommand(root))
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() == "completion" {
			cmd.Args, cmd.RunE = cobra.ArbitraryArgs, refuseShell
		}
	}
	return root
}

// refuseShell makes completion for an unknown shell an error. Cobra alone would print its help.
func refuseShell(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	var shells []string
	for _, c := range cmd.Commands() {
		shells = append(shells, c.Name())
	}
	return fmt.Errorf("completion: got %q, want one of %s", args[0], strings.Join(shells, ", "))
}

// helpCommand is cobra's, but an unknown topic is an error.
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Print help about a command",
		Example: `  resnetgen help generate`,
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return fmt.Errorf("help: got unknown command %q, see resnetgen help", strings.Join(args, " "))
			}
			return cmd.Help()
		},
	}
}

// many stands for any number of arguments.
const many = math.MaxInt

// specsWanted accepts from least to most specs.
func specsWanted(least, most int) cobra.PositionalArgs {
	want := fmt.Sprintf("%d to %d", least, most)
	switch {
	case most == many:
		want = fmt.Sprintf("%d or more", least)
	case least == most:
		want = fmt.Sprint(least)
	}
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return fmt.Errorf("%s: got %d specs, want %s", cmd.Name(), len(args), want)
		}
		return nil
	}
}

// namesWanted accepts up to most arguments.
func namesWanted(most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > most {
			return fmt.Errorf("%s: got %d arguments, want at most %d", cmd.Name(), len(args), most)
		}
		return nil
	}
}

// write prints all of a command's output at once.
func write(w io.Writer, data []byte) error {
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// completeSpecs lets the shell complete names of YAML files.
func completeSpecs(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
}
