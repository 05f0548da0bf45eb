package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/cmd/resnetgen/internal/source"
	"github.com/resnetgen/resnetgen/gen"
	"github.com/resnetgen/resnetgen/gen/draw"
	"github.com/resnetgen/resnetgen/internal/atomicfile"
	"github.com/resnetgen/resnetgen/internal/inputfile"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// pictureFormat is a format of graph.
type pictureFormat struct {
	name, does string
	extensions []string // of its files
	draw       func(*network.Info) ([]byte, error)
}

// pictureFormats has the default first.
var pictureFormats = []pictureFormat{
	{"dot", "text for Graphviz", []string{".dot", ".gv"}, drawDOT},
	{"svg", "a picture for browsers", []string{".svg"}, draw.SVG},
}

func drawDOT(i *network.Info) ([]byte, error) { return draw.DOT(i), nil }

func graphCommand() *cobra.Command {
	var format, file string
	cmd := &cobra.Command{
		Use:   "graph SPEC",
		Short: "Draw a network: its operations, shapes and shortcuts",
		Long: `Graph draws the forward pass: a box for each operation with its output's shape (height × width ×
channels) and parameters, a frame for each residual unit. Shortcuts are dashed in DOT, and arcs at
the side in SVG.

DOT is for Graphviz. SVG needs no other program. In a network of more than 40 layers, SVG shows a run
of equal units once.`,
		Example: `  resnetgen graph zoo:resnet20 -o resnet20.svg
  resnetgen graph net.yaml                      # DOT on standard output
  resnetgen graph --format svg net.yaml >net.svg`,
		Args:              specsWanted(1, 1),
		ValidArgsFunction: completeSpecs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("out") && file == "" {
				return errors.New("--out: got an empty name, want a file")
			}
			drawn, err := pictureFormatOf(format, cmd.Flags().Changed("format"), file)
			if err != nil {
				return err
			}
			net, err := source.Read(args[0], cmd.InOrStdin())
			if err != nil {
				return err
			}
			info, err := gen.Describe(net)
			if err != nil {
				return err
			}
			data, err := drawn.draw(info)
			if err != nil {
				return err
			}
			if file == "" || file == "-" {
				return write(cmd.OutOrStdout(), data)
			}
			return writePicture(file, data)
		},
	}
	cmd.Flags().StringVar(&format, "format", pictureFormats[0].name,
		"the `format`: dot or svg; without it, by the file's extension")
	cmd.Flags().StringVarP(&file, "out", "o", "", "the `file` to write, - for standard output (default -)")
	complete := func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var all []string
		for _, f := range pictureFormats {
			all = append(all, f.name+"\t"+f.does)
		}
		return all, cobra.ShellCompDirectiveNoFileComp
	}
	_ = cmd.RegisterFlagCompletionFunc("format", complete) // fails only for a flag that is not there
	return cmd
}

// pictureFormatOf returns the format that the flag names. If it is not given: that of the file's
// extension, or on standard output the default.
func pictureFormatOf(name string, given bool, file string) (*pictureFormat, error) {
	var names, extensions []string
	extension := strings.ToLower(filepath.Ext(file))
	for i := range pictureFormats {
		f := &pictureFormats[i]
		names, extensions = append(names, f.name), append(extensions, f.extensions...)
		if given && f.name == name || !given && slices.Contains(f.extensions, extension) {
			return f, nil
		}
	}
	switch {
	case given:
		return nil, fmt.Errorf("--format: got %q, want one of %s", name, strings.Join(names, ", "))
	case file == "" || file == "-":
		return &pictureFormats[0], nil
	}
	return nil, fmt.Errorf("--out: got %q without --format, want a name that ends in one of %s",
		file, strings.Join(extensions, ", "))
}

// writePicture writes a file, whole or not at all. It refuses to replace what is no file, such as a
// device.
func writePicture(file string, data []byte) error {
	if at, err := os.Stat(file); err == nil && !at.Mode().IsRegular() {
		return fmt.Errorf("write picture: %s: got %s, want a file", file, inputfile.Kind(at.Mode()))
	}
	err := atomicfile.WriteFile(file, data, 0o666)
	if e := (*fs.PathError)(nil); errors.As(err, &e) {
		// The user's name for it, not the temporary file's.
		err = &fs.PathError{Op: "create", Path: file, Err: e.Err}
	}
	if err != nil {
		return fmt.Errorf("write picture: %w", err)
	}
	return nil
}
