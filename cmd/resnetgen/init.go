package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/cmd/resnetgen/internal/scaffold"
	"github.com/resnetgen/resnetgen/cmd/resnetgen/internal/source"
	"github.com/resnetgen/resnetgen/gen"
	"github.com/resnetgen/resnetgen/internal/printable"
	"github.com/resnetgen/resnetgen/spec"
	"github.com/resnetgen/resnetgen/spec/zoo"
)

func initCommand() *cobra.Command {
	var file, from string
	cmd := &cobra.Command{
		Use:   "init [NAME]",
		Short: "Write a commented spec to start from, and what go generate needs",
		Long: `Init writes a spec with every key and its default: ResNet-20 for CIFAR-10, under the given name; --from
takes a network of the zoo instead. Beside it, gen.go gets the line by which go generate makes the package,
and .gitattributes the line that marks the package as generated and keeps its line ends. Their other lines
stay as they are; a spec that exists is never overwritten.`,
		Example: `  resnetgen init mynet
  resnetgen init --from zoo/wrn-16-8
  resnetgen init --out - mynet >copy.yaml  # the spec alone`,
		Args:              namesWanted(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			data, name, err := startingSpec(from, args)
			if err != nil {
				return err
			}
			switch {
			case file == "-":
				return write(cmd.OutOrStdout(), data)
			case !cmd.Flags().Changed("out"):
				file = name + ".yaml"
			}
			return initialize(cmd, file, name, data)
		},
	}
	cmd.Flags().StringVarP(&file, "out", "o", "", "the `file` to write, - for the spec alone on standard output (default NAME.yaml)")
	cmd.Flags().StringVar(&from, "from", "", "the `network` to start from: zoo/NAME")
	_ = cmd.RegisterFlagCompletionFunc("from", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var all []string
		for _, name := range zoo.Names() {
			all = append(all, "zoo/"+name)
		}
		return all, cobra.ShellCompDirectiveNoFileComp
	}) // fails only for a flag that is not there
	return cmd
}

// initialize writes the spec and what belongs beside it, and prints the names of the files.
func initialize(cmd *cobra.Command, file, name string, data []byte) error {
	if err := wantNew(file); err != nil {
		return err
	}
	plan, err := scaffold.NewPlan(file, name)
	if err != nil {
		return err
	}
	written, err := plan.Write(data)
	if err != nil {
		return err
	}
	if !plan.HasTool {
		cmd.PrintErrf("resnetgen: note: go generate wants the tool in go.mod: run go get -tool %s@v%s\n", scaffold.Tool, gen.Version)
	}
	lines := ""
	for _, path := range written {
		lines += printable.String(path) + "\n"
	}
	return write(cmd.OutOrStdout(), []byte(lines))
}

// startingSpec returns the spec to start from, and the name of its network: the one that args give,
// or its own.
func startingSpec(from string, args []string) (data []byte, name string, err error) {
	data = spec.Template()
	if from != "" {
		if data, err = zooSpec(from); err != nil {
			return nil, "", err
		}
	}
	if len(args) == 1 {
		if data, err = renamed(data, args[0]); err != nil {
			return nil, "", err
		}
	}
	net, err := spec.Parse("", data)
	if err != nil {
		return nil, "", err
	}
	return append([]byte(schemaLine()), data...), net.Name, nil
}

// zooSpec reads zoo/NAME, or zoo:NAME as it is written for other commands.
func zooSpec(from string) ([]byte, error) {
	for _, prefix := range []string{"zoo/", source.ZooPrefix} {
		if name, ok := strings.CutPrefix(from, prefix); ok {
			return zoo.Read(name)
		}
	}
	return nil, fmt.Errorf("--from: got %q, want zoo/ and one of %s", from, strings.Join(zoo.Names(), ", "))
}

// schemaLine tells editors where the schema of this version's specs is.
func schemaLine() string {
	return "# yaml-language-server: $schema=https://raw.githubusercontent.com/resnetgen/resnetgen/v" + gen.Version + "/spec/schema.json\n"
}

var nameLine = regexp.MustCompile(`(?m)^name: .*$`)

// renamed returns a spec with another name of its network.
func renamed(data []byte, name string) ([]byte, error) {
	data = nameLine.ReplaceAllLiteral(data, fmt.Appendf(nil, "name: %q", name))
	_, err := spec.Parse("", data)
	var problems spec.Errors
	if errors.As(err, &problems) {
		return nil, fmt.Errorf("name: got %s, want %s", problems[0].Got, problems[0].Want)
	}
	if err != nil {
		return nil, err
	}
	return bytes.Replace(data, fmt.Appendf(nil, "%q", name), []byte(name), 1), nil
}

// wantNew refuses a file that exists, be it a link to nothing.
func wantNew(file string) error {
	if file == "" {
		return errors.New("--out: got an empty name, want a file")
	}
	if _, err := os.Lstat(file); err == nil {
		return fmt.Errorf("%s: got a file that exists, want a new one", filepath.Clean(file))
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write spec: %w", err)
	}
	return nil
}
