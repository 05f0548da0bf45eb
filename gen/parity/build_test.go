package parity

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/resnetgen/resnetgen/internal/trainertest"
	"github.com/resnetgen/resnetgen/spec"
)

// trainers holds the compiled trainers of all networks: it is made once, by one go build, and
// returns their folder.
var trainers = sync.OnceValues(func() (string, error) {
	f, err := shared()
	if err != nil {
		return "", err
	}
	return f.buildTrainers()
})

// buildTrainers generates every network's package and compiles their trainers.
func (f *fixture) buildTrainers() (string, error) {
	var specs []*spec.Net
	for _, n := range slices.Concat(f.networks, f.recomputed()) {
		specs = append(specs, n.spec)
	}
	return trainertest.Build(f.dir, filepath.Join("..", ".."), specs)
}

// A setting is what must not change a result: the kernels' implementation and the number of
// threads.
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
