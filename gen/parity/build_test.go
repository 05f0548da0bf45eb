package parity

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// trainersModule is the path of the module that the generated packages are written into.
const trainersModule = "example.com/parity"

// trainers holds the compiled trainers of all networks: it is made once, by one go build, and returns
// their folder.
var trainers = sync.OnceValues(func() (string, error) {
	f, err := shared()
	if err != nil {
		return "", err
	}
	return f.buildTrainers()
})

// buildTrainers generates every network's package and compiles their trainers. The packages stand in a
// module of their own outside the repository, which a workspace joins with it: like a user's, but with
// this checkout's runtime.
func (f *fixture) buildTrainers() (string, error) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		return "", err
	}
	module, bin := f.path("module"), f.path("bin")
	files := map[string][]byte{
		"go.mod":  []byte("module " + trainersModule + "\n\ngo 1.26\n"),
		"go.work": fmt.Appendf(nil, "go 1.26.0\n\nuse (\n\t.\n\t%q\n)\n", root),
	}
	for _, n := range slices.Concat(f.networks, f.recomputed()) {
		if err := n.generate(files, trainersModule); err != nil {
			return "", err
		}
	}
	if err := writeFiles(module, files); err != nil {
		return "", err
	}
	build := exec.Command("go", "build", "-ldflags", "-s -w", "-o", bin+string(filepath.Separator), "./...")
	build.Dir = module
	build.Env = append(os.Environ(), "GOWORK="+filepath.Join(module, "go.work"), "GOFLAGS=", "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build of the generated packages: %w\n%s", err, output)
	}
	return bin, nil
}

// writeFiles writes files below a folder; their paths have slashes.
func writeFiles(folder string, files map[string][]byte) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, files[name], 0o644); err != nil {
			return err
		}
	}
	return nil
}

// A setting is what must not change a result: the kernels' implementation and the number of threads.
type setting struct {
	cpu     string // RESNETGEN_CPU; empty: the trainer's own choice
	threads int    // 0: the trainer's own choice
}

func (s setting) String() string { return fmt.Sprintf("%s, %d threads", s.cpu, s.threads) }

// trainer runs a command of the network's trainer, and returns what it prints.
func (n *network) trainer(t *testing.T, s setting, arguments ...string) []byte {
	t.Helper()
	bin, err := trainers()
	if err != nil {
		t.Fatal(err)
	}
	if s.threads > 0 {
		arguments = append(arguments, "--threads", fmt.Sprint(s.threads))
	}
	command := exec.Command(filepath.Join(bin, n.name), arguments...)
	command.Dir = t.TempDir()
	command.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, cpuVariable) })
	if s.cpu != "" {
		command.Env = append(command.Env, cpuVariable+s.cpu)
	}
	var errors bytes.Buffer
	command.Stderr = &errors
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%s %s (%v): %v\n%s%s", n.name, strings.Join(arguments, " "), s, err, output, &errors)
	}
	return output
}

const cpuVariable = "RESNETGEN_CPU="

// step runs the trainer's step command and returns the path of what it wrote.
func (n *network) step(t *testing.T, s setting, weights, batch, mode string, rate float64) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out.safetensors")
	n.trainer(t, s, "step", "--weights", weights, "--batch", batch, "--out", out, "--mode", mode, "--lr", fmt.Sprint(rate))
	return out
}
