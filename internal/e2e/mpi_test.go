//go:build campaign && linux

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/internal/trainertest"
	"github.com/resnetgen/resnetgen/spec"
)

// mpi is a campaign with a trainer under mpirun, on one machine or on two that are network
// namespaces.
type mpi struct {
	launch       []string // what starts mpirun, with its options
	ranks, alone string   // trainers of ResNet-20 with the part for MPI, built with the tag mpi and without
	steps        int
	want         []byte // the last checkpoint of one process without MPI
}

// local is how mpirun starts ranks on this machine: more of them than cores, too, and on any core.
var local = []string{"mpirun", "--oversubscribe", "--bind-to", "none"}

func newMPI(t *testing.T, launch []string) *mpi {
	t.Helper()
	// What the tests run as is not Open MPI's concern.
	t.Setenv("OMPI_ALLOW_RUN_AS_ROOT", "1")
	t.Setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")
	m := &mpi{launch: launch, steps: 24}
	m.build(t)
	out := t.TempDir()
	succeed(t, m.alone, m.arguments(out)...)
	m.want = m.last(t, out)
	return m
}

func (m *mpi) build(t *testing.T) {
	t.Helper()
	s, err := zooSpec("resnet20")
	if err != nil {
		t.Fatal(err)
	}
	module, err := trainertest.Generate(t.TempDir(), root, []*spec.Net{s}, "dashboard", "mpi", "tensorboard")
	if err != nil {
		t.Fatal(err)
	}
	program := func(folder string, tags ...string) string {
		bin, err := module.Build(folder, tags...)
		if err != nil {
			t.Fatal(err)
		}
		return filepath.Join(bin, s.Name)
	}
	m.ranks, m.alone = program("ranks", "mpi"), program("alone")
}

// arguments are those of a run of a thread for each rank.
func (m *mpi) arguments(out string, more ...string) []string {
	return append([]string{
		"train", "--data", "fashion-mini", "--steps", fmt.Sprint(m.steps), "--save-every", "8",
		"--seed", "7", "--threads", "1", "--out", out,
	}, more...)
}

func (m *mpi) last(t *testing.T, out string) []byte {
	t.Helper()
	return content(t, filepath.Join(out, "checkpoints", fmt.Sprintf("step-%d.safetensors", m.steps)))
}

// command is a trainer under mpirun, with so many ranks.
func (m *mpi) command(ctx context.Context, ranks int, bin string, arguments ...string) *exec.Cmd {
	all := append(append([]string{}, m.launch...), "-np", fmt.Sprint(ranks), bin)
	c := exec.CommandContext(ctx, all[0], append(all[1:], arguments...)...)
	c.WaitDelay = time.Second // a daemon of mpirun that is cut off holds its output open
	return c
}

// trains runs to the end, and compares what it comes to.
func (m *mpi) trains(t *testing.T, ranks int, out string, more ...string) {
	t.Helper()
	begun := time.Now()
	text, err := m.command(t.Context(), ranks, m.ranks, m.arguments(out, more...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%d ranks: %v\n%s", ranks, err, text)
	}
	if !bytes.Equal(m.last(t, out), m.want) {
		t.Errorf("%d ranks: got another last checkpoint than that of one process", ranks)
	}
	t.Logf("%d ranks: the bits of one process, %.1f s", ranks, time.Since(begun).Seconds())
}

// begun starts a run that does not end soon, waits for its first checkpoint, and returns what it
// says and its ranks' processes.
func (m *mpi) begun(t *testing.T, ranks int, out string, more ...string) (c *exec.Cmd, text *output, processes []int) {
	t.Helper()
	c, text = m.command(t.Context(), ranks, m.ranks, m.arguments(out, more...)...), &output{}
	c.Stdout, c.Stderr = text, text
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	first := filepath.Join(out, "checkpoints", "step-8.safetensors")
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(first); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("got no checkpoint in a minute\n%s", text)
		}
	}
	return c, text, trainersOf(out)
}

// trainersOf lists the processes, mpirun's own not among them, that train into a folder.
func trainersOf(out string) (processes []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline") // the pattern is right
	for _, file := range files {
		line, _ := os.ReadFile(file) // a process may have ended
		arguments := strings.Split(string(line), "\x00")
		if len(arguments) > 1 && arguments[1] == "train" && strings.Contains(string(line), out+"\x00") {
			if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
				processes = append(processes, pid)
			}
		}
	}
	return processes
}

// TestMPI holds that ranks come to the bits of one process, also when they go on from where others
// have stopped, and what is refused.
func TestMPI(t *testing.T) {
	m := newMPI(t, local)
	for _, ranks := range []int{2, 4} {
		m.trains(t, ranks, t.TempDir())
	}
	t.Run("stopped and resumed", func(t *testing.T) {
		out := t.TempDir()
		c, text, processes := m.begun(t, 4, out)
		if err := syscall.Kill(processes[len(processes)-1], syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := c.Wait(); c.ProcessState.ExitCode() != 3 || !strings.Contains(text.String(), "with --resume continues") {
			t.Fatalf("got %v, want exit code 3 and how to go on\n%s", err, text)
		}
		m.trains(t, 2, out, "--resume")
	})
	t.Run("other ways", func(t *testing.T) {
		for _, flags := range [][]string{{"--batch-norm", "local"}, {"--reduce", "fast"}, {"--scale-learning-rate", "sqrt"}} {
			out := t.TempDir()
			text, err := m.command(t.Context(), 2, m.ranks, m.arguments(out, flags...)...).CombinedOutput()
			if err != nil {
				t.Errorf("%v: %v\n%s", flags, err, text)
			} else if flags[1] != "fast" && bytes.Equal(m.last(t, out), m.want) {
				t.Errorf("%v: got the bits of one process, want others", flags)
			}
		}
	})
	t.Run("refused", m.refused)
}

// refused holds what keeps ranks from beginning, and that each case says why.
func (m *mpi) refused(t *testing.T) {
	other := filepath.Join(t.TempDir(), "resnet20")
	if err := os.WriteFile(other, append(content(t, m.ranks), 0), 0o700); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "run")
	same := m.arguments(out)
	unlike := func(bin string, arguments []string) *exec.Cmd {
		all := append(append([]string{}, m.launch[1:]...), "-np", "1", m.ranks)
		all = append(append(append(all, same...), ":", "-np", "1", bin), arguments...)
		return exec.CommandContext(t.Context(), m.launch[0], all...)
	}
	two := func(bin string, arguments []string) *exec.Cmd { return m.command(t.Context(), 2, bin, arguments...) }
	for want, c := range map[string]*exec.Cmd{
		"got another program than rank 0":          unlike(other, same),
		"got another command line than rank 0":     unlike(m.ranks, m.arguments(out, "--pad", "1")),
		"got 3 ranks, want 1, 2, 4, 8 or 16":       m.command(t.Context(), 3, m.ranks, same...),
		"go build -tags mpi has it":                two(m.alone, same),
		`--reduce: got "most", want exact or fast`: two(m.ranks, m.arguments(out, "--reduce", "most")),
		`data: got "no such folder"`:               two(m.ranks, m.arguments(out, "--data", "no such folder")),
	} {
		text, err := c.CombinedOutput()
		if err == nil || !strings.Contains(string(text), want) {
			t.Errorf("got %v, want %q\n%s", err, want, text)
		}
	}
	if _, err := os.Stat(out); !os.IsNotExist(err) {
		t.Error("got a folder of runs that were refused, want none")
	}
}

// TestMPIFaults holds that a run ends soon, says why, and leaves a good checkpoint when a rank is
// killed or stopped.
func TestMPIFaults(t *testing.T) {
	m := newMPI(t, local)
	for _, f := range []struct {
		signal syscall.Signal
		says   string
	}{
		{syscall.SIGKILL, "process rank"},
		{syscall.SIGSTOP, "has been silent for"},
	} {
		out := t.TempDir()
		m.steps = 100_000
		c, text, processes := m.begun(t, 2, out)
		m.endsSoon(t, f.signal.String(), out, c, text, f.says, func() error {
			return syscall.Kill(processes[0], f.signal)
		})
	}
}

// endsSoon breaks a run, and fails unless it ends within half a minute with a message that says so,
// and with a good checkpoint.
func (m *mpi) endsSoon(t *testing.T, what, out string, c *exec.Cmd, text *output, says string, breaks func() error) {
	t.Helper()
	begun := time.Now()
	if err := breaks(); err != nil {
		t.Fatal(err)
	}
	err := c.Wait()
	for len(trainersOf(out)) > 0 && time.Since(begun) < time.Minute {
		time.Sleep(100 * time.Millisecond)
	}
	took := time.Since(begun)
	if took > 30*time.Second || err == nil || !strings.Contains(text.String(), says) {
		t.Errorf("%s: got %v after %v, want an error within 30 s that says %q\n%s", what, err, took, says, text)
	}
	m.goesOn(t, what, out)
	t.Logf("%s: ended after %.1f s", what, took.Seconds())
}

// goesOn fails unless one process goes on from what a broken run has left, and stops when it is
// told to.
func (m *mpi) goesOn(t *testing.T, what, out string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), m.ranks, m.arguments(out, "--resume", "--log", "json")...)
	text := &output{}
	c.Stdout, c.Stderr = text, text
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if strings.Contains(text.String(), `"start"`) {
			break
		}
	}
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	err := c.Wait()
	if c.ProcessState.ExitCode() != 3 || !strings.Contains(text.String(), `"start","step":`) ||
		strings.Contains(text.String(), `"start","step":0,`) {
		t.Errorf("%s: resumed: got %v, want a run that goes on from a checkpoint, and exit code 3\n%s", what, err, text)
	}
}
