// Package source reads the specs that a command line names.
package source

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/resnetgen/resnetgen/spec"
	"github.com/resnetgen/resnetgen/spec/zoo"
)

// ZooPrefix begins the name of a spec of the zoo, as in zoo:resnet20.
const ZooPrefix = "zoo:"

// stdin is the name of standard input.
const stdin = "-"

// Read returns the spec that name stands for: the path of a file, zoo:NAME, or - for standard
// input. Its error is [spec.Errors] where the spec itself is wrong.
func Read(name string, input io.Reader) (*spec.Net, error) {
	if entry, ok := strings.CutPrefix(name, ZooPrefix); ok {
		data, err := zoo.Read(entry)
		if err != nil {
			return nil, err
		}
		return spec.Parse(name, data)
	}
	if name == stdin {
		data, err := io.ReadAll(io.LimitReader(input, spec.MaxBytes+1))
		if err != nil {
			return nil, fmt.Errorf("read spec: %w", err)
		}
		return spec.Parse("stdin", data)
	}
	return spec.Load(name)
}

// ReadAll reads several specs, and returns all their problems together.
func ReadAll(names []string, input io.Reader) ([]*spec.Net, error) {
	var problems spec.Errors
	nets := make([]*spec.Net, 0, len(names))
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			return nil, fmt.Errorf("got spec %s twice, want it once", name)
		}
		seen[name] = true
		net, err := Read(name, input)
		if errs := spec.Errors(nil); errors.As(err, &errs) {
			problems = append(problems, errs...)
			continue
		}
		if err != nil {
			return nil, err
		}
		nets = append(nets, net)
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return nets, nil
}

// OutputFolder returns the folder in which the output of a spec lies by default: the spec's own, or
// the current one for a spec that is in no folder.
func OutputFolder(name string) string {
	if name == stdin || strings.HasPrefix(name, ZooPrefix) {
		return "."
	}
	return filepath.Dir(name)
}
