package main

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"time"
)

const command = "./cmd/resnetgen"

// build returns the command for a system: static, without symbols, build ID, or a path of this
// machine.
func build(work, system, arch string, src source) ([]byte, error) {
	program := filepath.Join(work, system+"_"+arch)
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -buildid= -X main.commit="+src.commit, "-o", program, command)
	// What the user has set for builds of their own does not reach into a release.
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOEXPERIMENT=", "GOAMD64=v1", "GOARM64=v8.0", "GOOS="+system, "GOARCH="+arch)
	if _, err := output(cmd); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(program)
	if err != nil {
		return nil, fmt.Errorf("read build: %w", err)
	}
	return data, nil
}

// documents returns what goes into each archive beside the binary: README, licences, completions,
// man pages.
func documents(work string, src source) ([]entry, error) {
	var all []entry
	for _, name := range []string{"LICENSE", "README.md"} {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read documents: %w", err)
		}
		all = append(all, entry{name, data, 0o644})
	}
	texts, err := licences(true, command)
	if err != nil {
		return nil, err
	}
	all = append(all, entry{"LICENSES-OF-LIBRARIES", texts, 0o644})

	host := filepath.Join(work, "host") // with the command that writes man pages
	if runtime.GOOS == "windows" {
		host += ".exe"
	}
	if _, err := output(exec.Command("go", "build", "-tags", "man", "-o", host, command)); err != nil {
		return nil, err
	}
	for _, shell := range []struct{ name, file string }{
		{"bash", "resnetgen.bash"}, {"zsh", "_resnetgen"}, {"fish", "resnetgen.fish"}, {"powershell", "resnetgen.ps1"},
	} {
		text, err := output(exec.Command(host, "completion", shell.name))
		if err != nil {
			return nil, err
		}
		all = append(all, entry{path.Join("completions", shell.file), text, 0o644})
	}
	pages, err := manPages(host, filepath.Join(work, "man"), src.time)
	return append(all, pages...), err
}

func manPages(host, dir string, date time.Time) ([]entry, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make a folder for man pages: %w", err)
	}
	if _, err := output(exec.Command(host, "man", dir, date.Format(time.DateOnly))); err != nil {
		return nil, err
	}
	files, err := os.ReadDir(dir) // sorted
	if err != nil {
		return nil, fmt.Errorf("list man pages: %w", err)
	}
	var pages []entry
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return nil, fmt.Errorf("read man page: %w", err)
		}
		pages = append(pages, entry{path.Join("man", "man1", f.Name()), data, 0o644})
	}
	return pages, nil
}
