package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)([.-].*)?$`)

// licences returns the licences of Go and of every module that the command links on some system, as they ask for.
func licences() ([]byte, error) {
	root, err := output(exec.Command("go", "env", "GOROOT"))
	if err != nil {
		return nil, err
	}
	modules := map[string]string{} // name and version → folder
	for _, system := range []string{"linux", "darwin", "windows"} {
		cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}", command)
		cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0", "GOFLAGS=")
		list, err := output(cmd)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(list)) {
			if name, dir, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
				modules[name] = dir
			}
		}
	}
	var all bytes.Buffer
	if err := appendLicences(&all, "Go's standard library", strings.TrimSpace(string(root))); err != nil {
		return nil, err
	}
	var names []string
	for name := range modules {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if err := appendLicences(&all, name, modules[name]); err != nil {
			return nil, err
		}
	}
	return all.Bytes(), nil
}

// appendLicences appends a module's licences. A module without any must not be in a release.
func appendLicences(all *bytes.Buffer, name, dir string) error {
	files, err := os.ReadDir(dir) // sorted
	if err != nil {
		return fmt.Errorf("licence of %s: %w", name, err)
	}
	found := false
	for _, f := range files {
		if f.IsDir() || !licenceFile.MatchString(f.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return fmt.Errorf("licence of %s: %w", name, err)
		}
		fmt.Fprintf(all, "==== %s: %s\n\n%s\n\n", name, f.Name(), bytes.TrimSpace(text))
		found = true
	}
	if !found {
		return fmt.Errorf("licence of %s: got none in %s, want one", name, dir)
	}
	return nil
}
