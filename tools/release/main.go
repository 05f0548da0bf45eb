// Release builds what is published of resnetgen: for each system a static, stripped binary with
// shell completions, man pages and the licences of all that it links, as an archive, and the
// archives' checksums. The bytes are a function of the commit and of the Go version alone.
package main

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/resnetgen/resnetgen/gen"
	"github.com/resnetgen/resnetgen/internal/atomicfile"
)

func main() {
	out := flag.String("out", "dist", "the `folder` to write; it is emptied first")
	targets := flag.String("targets", "linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64", "the `systems` to build for")
	texts := flag.String("licences", "", "only write the licences of all that programs of resnetgen may link to this `file`")
	flag.Parse()
	var err error
	if *texts != "" {
		err = writeLicences(*texts)
	} else {
		err = run(*out, strings.Fields(*targets))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// writeLicences writes the licences of all that programs of resnetgen may link.
func writeLicences(file string) error {
	texts, err := licences(false, linkable()...)
	if err != nil {
		return err
	}
	if err := atomicfile.WriteFile(file, texts, 0o644); err != nil {
		return fmt.Errorf("write licences: %w", err)
	}
	return nil
}

// source is what a release is built from.
type source struct {
	commit string
	time   time.Time // the commit's, which all files get
}

func run(out string, targets []string) error {
	src, err := checkout()
	if err != nil {
		return err
	}
	if err := os.RemoveAll(out); err != nil {
		return fmt.Errorf("empty %s: %w", out, err)
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("make %s: %w", out, err)
	}
	work, err := os.MkdirTemp("", "release")
	if err != nil {
		return fmt.Errorf("make a folder for builds: %w", err)
	}
	defer os.RemoveAll(work) //nolint:errcheck // the system's temporary files
	shared, err := documents(work, src)
	if err != nil {
		return err
	}
	var sums bytes.Buffer
	for _, target := range targets {
		name, data, err := archived(work, target, src, shared)
		if err != nil {
			return fmt.Errorf("%s: %w", target, err)
		}
		if err := atomicfile.WriteFile(filepath.Join(out, name), data, 0o644); err != nil {
			return fmt.Errorf("write archive: %w", err)
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(data), name)
		fmt.Printf("%s (%d bytes)\n", filepath.Join(out, name), len(data))
	}
	if err := atomicfile.WriteFile(filepath.Join(out, "SHA256SUMS"), sums.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write checksums: %w", err)
	}
	return nil
}

// archived builds for a system, as linux/amd64, and returns the archive with its name.
func archived(work, target string, src source, shared []entry) (name string, data []byte, err error) {
	system, arch, ok := strings.Cut(target, "/")
	if !ok {
		return "", nil, fmt.Errorf("got target %q, want SYSTEM/ARCHITECTURE", target)
	}
	program, err := build(work, system, arch, src)
	if err != nil {
		return "", nil, err
	}
	binary := "resnetgen"
	if system == "windows" {
		binary += ".exe"
	}
	base := fmt.Sprintf("resnetgen_%s_%s_%s", gen.Version, system, arch)
	entries := append([]entry{{binary, program, 0o755}}, shared...)
	if system == "windows" {
		data, err = zipped(base, entries, src.time)
		return base + ".zip", data, err
	}
	data, err = tarred(base, entries, src.time)
	return base + ".tar.gz", data, err
}

// checkout asks git for the commit. Files that differ from it show in the commit's name.
func checkout() (src source, err error) {
	git := func(args ...string) string {
		var text []byte
		if err == nil {
			text, err = output(exec.Command("git", args...))
		}
		return strings.TrimSpace(string(text))
	}
	src.commit = git("rev-parse", "HEAD")
	stamp := git("log", "-1", "--format=%ct")
	if changed := git("status", "--porcelain"); changed != "" {
		src.commit += "+changes"
	}
	if err != nil {
		return source{}, err
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return source{}, fmt.Errorf("the commit's time: got %q, want seconds", stamp)
	}
	src.time = time.Unix(seconds, 0).UTC()
	return src, nil
}

// output runs a command. Its error has what the command says of it.
func output(cmd *exec.Cmd) ([]byte, error) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, stderr.Bytes())
	}
	return text, nil
}
