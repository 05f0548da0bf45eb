//go:build campaign && linux

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/asm/cpu"
	"github.com/resnetgen/resnetgen/gen"
	"github.com/resnetgen/resnetgen/internal/trainertest"
	"github.com/resnetgen/resnetgen/spec"
)

// families are small networks for Fashion-MNIST of each family, with basic units, bottlenecks and
// many filters.
var families = map[string]string{
	"torchvision":       "units: [2, 1]\nfilters: [16, 64, 96]\nbottleneck: true\n",
	"torchvision_small": "family: torchvision-small\nunits: [1, 2]\nfilters: [8, 8, 16]\nbatch_norm: {last_gamma: 0}\n",
	"paper":             "units: 1\nfilters: [8, 8, 16]\n",
	"v1":                "units: [1, 1]\nfilters: [8, 32, 64]\nbottleneck: true\n",
	"v2": "family: torchvision\nunits: [1, 1]\nfilters: [8, 16, 24]\nbottleneck: true\nunit: pre-activation\n" +
		"activate_before_residual: [true, true]\nshortcut: projection\n",
	// With products and with gradients of weights of the whole batch.
	"wide": "family: torchvision\nunits: [1]\nfilters: [16, 1024]\nbottleneck: true\n",
}

// TestFamilies holds that a network of each family comes to the same bits with each level of
// kernels, with one to five threads, when it is killed and resumed, and on two and four ranks.
func TestFamilies(t *testing.T) {
	t.Setenv("OMPI_ALLOW_RUN_AS_ROOT", "1")
	t.Setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")
	var specs []*spec.Net
	for name, keys := range families {
		text := fmt.Sprintf("name: family_%s\ninput: {height: 28, width: 28, channels: 1}\nstandardize: {mean: [0.286], std: [0.353]}\nclasses: 10\n"+
			"train: {batch: 12, learning_rate: {schedule: constant, value: 0.05}}\n%s", name, keys)
		if !bytes.Contains([]byte(keys), []byte("family: ")) {
			text += "family: " + name + "\n"
		}
		s, err := spec.Parse(name+".yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		specs = append(specs, s)
	}
	requireSums(t, specs)
	module, err := trainertest.Generate(t.TempDir(), root, specs, "mpi")
	if err != nil {
		t.Fatal(err)
	}
	ranks, err := module.Build("ranks", "mpi")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range specs {
		m := &mpi{launch: local, steps: 32, ranks: filepath.Join(ranks, s.Name)}
		t.Run(s.Name, m.sameBits)
	}
}

// requireSums holds that one of the networks sums gradients of weights over the batch.
func requireSums(t *testing.T, specs []*spec.Net) {
	t.Helper()
	for _, s := range specs {
		files, err := gen.Compile(s, gen.Options{ImportPath: "example.com/net"})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if bytes.Contains(f.Content, []byte(".SumWeights(")) {
				return
			}
		}
	}
	t.Fatal("got no network with a gradient of weights that is summed over the batch, want one")
}

// sameBits compares the last checkpoints of runs of one process under all settings, of a killed
// one, and of ranks.
func (m *mpi) sameBits(t *testing.T) {
	alone := func(level cpu.Level, threads int, out string, more ...string) *exec.Cmd {
		c := exec.CommandContext(t.Context(), m.ranks, m.arguments(out, append(more, "--threads", fmt.Sprint(threads))...)...)
		c.Env = append(os.Environ(), "RESNETGEN_CPU="+level.String())
		return c
	}
	for _, level := range cpu.Levels() {
		for threads := 1; threads <= 5; threads++ {
			if level == cpu.Portable && threads > 1 && threads < 5 {
				continue // portable kernels are slow, and shared alike
			}
			out := t.TempDir()
			if text, err := alone(level, threads, out).CombinedOutput(); err != nil {
				t.Fatalf("%s, %d threads: %v\n%s", level, threads, err, text)
			}
			if m.want == nil {
				m.want = m.last(t, out)
			} else if !bytes.Equal(m.last(t, out), m.want) {
				t.Errorf("%s, %d threads: got another last checkpoint than with %s and one thread", level, threads, cpu.Levels()[0])
			}
		}
	}
	fastest := cpu.Levels()[len(cpu.Levels())-1]
	out := t.TempDir()
	m.kill(t, alone(fastest, 2, out), out)
	if text, err := alone(fastest, 3, out, "--resume").CombinedOutput(); err != nil {
		t.Fatalf("resumed: %v\n%s", err, text)
	}
	if !bytes.Equal(m.last(t, out), m.want) {
		t.Error("killed and resumed: got another last checkpoint than that of a run left alone")
	}
	for _, ranks := range []int{2, 4} {
		m.trains(t, ranks, t.TempDir())
	}
}

// kill starts a run and ends it by force after its first checkpoint.
func (m *mpi) kill(t *testing.T, c *exec.Cmd, out string) {
	t.Helper()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	first := filepath.Join(out, "checkpoints", "step-8.safetensors")
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if _, err := os.Stat(first); err == nil {
			break
		}
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err == nil {
		t.Fatal("got a run that ended before it was killed")
	}
}
