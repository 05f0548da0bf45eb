package doctest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/resnetgen/resnetgen/tools/packaging"
)

var (
	testFunc   = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)[A-Z]\w*)\(`)
	makeTarget = regexp.MustCompile(`(?m)^([a-z][a-z0-9-]*):[^=]`)
)

// Read reads what documents name in the checkout root, and its documents: all files that end in
// .md.
func Read(root string) (*Checkout, error) {
	files, err := packaging.Files(root)
	if err != nil {
		return nil, err
	}
	c := &Checkout{Files: files, Documents: map[string]*Document{}, Tests: map[string]bool{}, Targets: map[string]bool{}}
	for _, f := range files {
		isDocument, isTest := strings.HasSuffix(f, ".md"), strings.HasSuffix(f, "_test.go")
		if !isDocument && !isTest && f != "Makefile" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(f)))
		if err != nil {
			return nil, fmt.Errorf("read the checkout: %w", err)
		}
		switch {
		case isTest:
			enter(c.Tests, testFunc, data)
		case !isDocument:
			enter(c.Targets, makeTarget, data)
		default:
			if c.Documents[f], err = Parse(f, data); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

// enter puts the names that a pattern finds into a set.
func enter(set map[string]bool, pattern *regexp.Regexp, data []byte) {
	for _, m := range pattern.FindAllSubmatch(data, -1) {
		set[string(m[1])] = true
	}
}
