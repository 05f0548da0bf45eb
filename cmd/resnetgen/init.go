package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/internal/atomicfile"
	"github.com/resnetgen/resnetgen/spec"
)

func initCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "init [NAME]",
		Short: "Write a commented spec to start from",
		Long: `Init writes a spec with every key and its default: ResNet-20 for CIFAR-10, under the given name. An
existing file is never overwritten.`,
		Args:              namesWanted(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			name := "resnet20"
			if len(args) == 1 {
				name = args[0]
			}
			data, err := template(name)
			if err != nil {
				return err
			}
			switch {
			case file == "-":
				return write(cmd.OutOrStdout(), data)
			case !cmd.Flags().Changed("out"):
				file = name + ".yaml"
			}
			if err := writeNew(file, data); err != nil {
				return err
			}
			return write(cmd.OutOrStdout(), []byte(file+"\n"))
		},
	}
	cmd.Flags().StringVarP(&file, "out", "o", "", "the `file` to write, - for standard output (default NAME.yaml)")
	return cmd
}

var nameLine = regexp.MustCompile(`(?m)^name: .*$`)

// template returns the spec to start from with the name of a network in it.
func template(name string) ([]byte, error) {
	data := nameLine.ReplaceAllLiteral(spec.Template(), fmt.Appendf(nil, "name: %q", name))
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

// writeNew writes a file that must not exist yet: whole or not at all.
func writeNew(file string, data []byte) error {
	if file == "" {
		return errors.New("--out: got an empty name, want a file")
	}
	if _, err := os.Lstat(file); err == nil {
		return fmt.Errorf("%s: got a file that exists, want a new one", file)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write spec: %w", err)
	}
	if err := atomicfile.WriteFile(file, data, 0o666); err != nil {
		return fmt.Errorf("write spec: %w", err)
	}
	return nil
}
