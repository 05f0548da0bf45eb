//go:build unix

package cli

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// stepTime names the environment variable that makes this test binary a trainer, whose steps take
// that long.
const stepTime = "RESNETGEN_TEST_STEP_TIME"

func TestMain(m *testing.M) {
	took, err := time.ParseDuration(os.Getenv(stepTime))
	if err != nil {
		// Where SIGHUP is ignored, as under nohup, children inherit that. Of a signal that is
		// caught they do not.
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
		os.Exit(m.Run())
	}
	p := program
	p.New = func(o network.Options) network.Network { return &slow{fakenet.New(o), took} }
	Main(p)
}

// slow is a network whose steps say that they begin, and take their time.
type slow struct {
	*fakenet.Net
	took time.Duration
}

func (s *slow) TrainStep(images []float32, labels []int32, rate float32) network.Metrics {
	fmt.Println("a step begins")
	time.Sleep(s.took)
	return s.Net.TrainStep(images, labels, rate)
}

// trainer is a trainer in a process of its own.
type trainer struct {
	*exec.Cmd
	errOut bytes.Buffer
	rest   string // of the output, by end
	lines  *bufio.Scanner
}

func start(t *testing.T, env []string, args ...string) *trainer {
	t.Helper()
	p := &trainer{Cmd: exec.CommandContext(t.Context(), os.Args[0], args...)}
	p.begin(t, env)
	return p
}

func (p *trainer) begin(t *testing.T, env []string) {
	t.Helper()
	p.Env = append(os.Environ(), env...)
	p.Stderr = &p.errOut
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.lines = bufio.NewScanner(out)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
}

// await reads lines up to one that begins with a text.
func (p *trainer) await(t *testing.T, text string) {
	t.Helper()
	for p.lines.Scan() {
		if strings.HasPrefix(p.lines.Text(), text) {
			return
		}
	}
	t.Fatalf("got the end of the output, want a line that begins with %q\n%s", text, p.errOut.String())
}

// end reads the rest of the output and returns how the process ended.
func (p *trainer) end(t *testing.T) syscall.WaitStatus {
	t.Helper()
	for p.lines.Scan() { // Wait closes the pipe
		p.rest += p.lines.Text() + "\n"
	}
	err := p.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	status, ok := p.ProcessState.Sys().(syscall.WaitStatus)
	if !ok {
		t.Fatalf("got status %v", p.ProcessState)
	}
	return status
}

// TestSignal stops and kills trainings; all go on to the same end.
func TestSignal(t *testing.T) {
	folder, whole := data(t, 20, 3), filepath.Join(t.TempDir(), "run")
	train := func(out string) []string {
		return []string{"train", "--data", folder, "--epochs", "6", "--seed", "2", "--schedule", "cosine", "--learning-rate", "0.1", "--out", out}
	}
	last := func(out string) string {
		data, err := os.ReadFile(filepath.Join(out, "checkpoints", "step-30.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	run(t, done, train(whole)...)
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGKILL} {
		out := filepath.Join(t.TempDir(), "run")
		p := start(t, []string{stepTime + "=100ms"}, train(out)...)
		p.await(t, "epoch 2")
		if err := p.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		status := p.end(t)
		if sig == syscall.SIGKILL {
			if !status.Signaled() {
				t.Errorf("%v: got status %v, want a kill", sig, status)
			}
		} else if status.ExitStatus() != stopped || !strings.Contains(p.rest, "the same command with --resume continues") {
			t.Errorf("%v: got exit code %d, %q, want %d and how to go on", sig, status.ExitStatus(), p.rest, stopped)
		}
		run(t, done, append(train(out), "--resume")...)
		if last(out) != last(whole) {
			t.Errorf("%v: got another checkpoint than that of a run without it", sig)
		}
	}
}

// TestSecondSignal ends a training whose step does not end.
func TestSecondSignal(t *testing.T) {
	p := start(t, []string{stepTime + "=1h"}, "train", "--data", data(t, 20, 3), "--epochs", "1", "--out", filepath.Join(t.TempDir(), "run"))
	p.await(t, "a step begins")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for p.Process.Signal(syscall.SIGTERM) == nil {
			time.Sleep(20 * time.Millisecond)
		}
	}()
	if status := p.end(t); status.Signal() != syscall.SIGTERM {
		t.Errorf("got status %v, want the signal's", status)
	}
	<-ended
}

// TestSignalEndsOtherCommands holds that only a training waits for its step.
func TestSignalEndsOtherCommands(t *testing.T) {
	p := start(t, []string{stepTime + "=1h"}, "bench")
	if err := p.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if status := p.end(t); status.Signal() != syscall.SIGINT {
		t.Errorf("got status %v, want the signal's", status)
	}
}

// TestWrongCPU refuses an instruction set that is none, before any command.
func TestWrongCPU(t *testing.T) {
	p := start(t, []string{stepTime + "=0s", "RESNETGEN_CPU=abacus"}, "version")
	if status := p.end(t); status.ExitStatus() != misused || !strings.Contains(p.errOut.String(), "abacus") {
		t.Errorf("got exit code %d, %q, want %d and what is wrong", status.ExitStatus(), p.errOut.String(), misused)
	}
}

// TestWatchInterrupted follows a run until it is told to end, past a checkpoint that is damaged.
func TestWatchInterrupted(t *testing.T) {
	folder, out := data(t, 20, 3), filepath.Join(t.TempDir(), "run")
	run(t, done, "train", "--data", folder, "--out", out, "--epochs", "2")
	if err := os.WriteFile(runs.Folder(out).Checkpoint(7), []byte("damaged"), 0o644); err != nil {
		t.Fatal(err)
	}
	p := start(t, []string{stepTime + "=0s"}, "eval", "--data", folder, "--watch", out, "--interval", "10ms")
	p.await(t, "step 5: accuracy")
	p.await(t, "step 10: accuracy")
	run(t, done, "train", "--data", folder, "--out", out, "--epochs", "3", "--resume")
	p.await(t, "step 15: accuracy")
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if status := p.end(t); status.ExitStatus() != done || strings.Count(p.errOut.String(), "skipped: ") != 1 {
		t.Errorf("got exit code %d, %q, want %d and the damaged checkpoint named once", status.ExitStatus(), p.errOut.String(), done)
	}
}
