//go:build unix

package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// TestHangup holds that a second SIGHUP, as a closed terminal sends, does not end a training in its
// step, and that one under nohup goes on.
func TestHangup(t *testing.T) {
	arguments := func(out string) []string {
		return []string{"train", "--data", data(t, 20, 3), "--epochs", "2", "--out", out}
	}
	out := filepath.Join(t.TempDir(), "run")
	p := start(t, []string{stepTime + "=300ms"}, arguments(out)...)
	p.await(t, "a step begins")
	for range 3 {
		if err := p.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	if status := p.end(t); status.ExitStatus() != stopped {
		t.Errorf("got status %v, want exit code %d", status, stopped)
	}
	if steps, err := runs.Folder(out).Steps(); err != nil || len(steps) != 1 {
		t.Errorf("got checkpoints %v (%v), want one", steps, err)
	}
	p = &trainer{Cmd: exec.CommandContext(t.Context(), "nohup", append([]string{os.Args[0]}, arguments(filepath.Join(t.TempDir(), "run"))...)...)}
	p.begin(t, []string{stepTime + "=1ms"})
	p.await(t, "a step begins")
	if err := p.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if status := p.end(t); status.ExitStatus() != done {
		t.Errorf("under nohup: got status %v, want exit code %d\n%s", status, done, p.errOut.String())
	}
}

// TestWatchHangup ends an evaluator that waits for checkpoints.
func TestWatchHangup(t *testing.T) {
	folder, out := data(t, 20, 3), filepath.Join(t.TempDir(), "run")
	run(t, done, "train", "--data", folder, "--out", out, "--epochs", "1")
	p := start(t, []string{stepTime + "=0s"}, "eval", "--data", folder, "--watch", out, "--interval", "10ms")
	p.await(t, "step 5: accuracy")
	if err := p.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if status := p.end(t); status.ExitStatus() != done {
		t.Errorf("got status %v, want exit code %d\n%s", status, done, p.errOut.String())
	}
}

// broken returns a pipe whose reader has gone.
func broken(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

// full returns a device without room.
func full(t *testing.T) *os.File {
	t.Helper()
	f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestClosedStreams trains, and watches, with standard streams that fail: nobody is stopped, the
// checkpoint is the same, and what fails is said once by what is left, and in the run's log.
func TestClosedStreams(t *testing.T) {
	folder := data(t, 20, 3)
	arguments := func(out string) []string {
		return []string{"train", "--data", folder, "--epochs", "3", "--seed", "2", "--out", out}
	}
	whole := filepath.Join(t.TempDir(), "run")
	run(t, done, arguments(whole)...)
	want := fileOf(t, runs.Folder(whole).Checkpoint(15))
	for name, c := range map[string]struct {
		out, errOut *os.File
		more        []string
		cause       string
	}{
		"output is a closed pipe":       {broken(t), nil, nil, "standard output: write"},
		"output is full":                {full(t), nil, nil, "standard output: write"},
		"JSON on a closed pipe":         {broken(t), nil, []string{"--log", "json"}, "standard output: write"},
		"errors go to a closed pipe":    {nil, broken(t), []string{"--steps", "15"}, ""},
		"both are closed":               {broken(t), broken(t), nil, "standard output: write"},
		"both are full":                 {full(t), full(t), nil, "standard output: write"},
		"both are closed, and JSON too": {broken(t), broken(t), []string{"--log", "json"}, "standard output: write"},
	} {
		out := filepath.Join(t.TempDir(), "run")
		var errOut bytes.Buffer
		p := exec.CommandContext(t.Context(), os.Args[0], append(arguments(out), c.more...)...)
		p.Env = append(os.Environ(), stepTime+"=0s")
		if p.Stderr = &errOut; c.errOut != nil {
			p.Stderr = c.errOut
		}
		if c.out != nil {
			p.Stdout = c.out
		}
		if err := p.Run(); err != nil {
			t.Errorf("%s: got %v, want exit code %d\n%s", name, err, done, errOut.String())
			continue
		}
		if fileOf(t, runs.Folder(out).Checkpoint(15)) != want {
			t.Errorf("%s: got another checkpoint", name)
		}
		log := fileOf(t, filepath.Join(out, "log.jsonl"))
		if c.cause != "" && strings.Count(log, c.cause) != 1 || c.cause != "" && c.errOut == nil && strings.Count(errOut.String(), c.cause) != 1 {
			t.Errorf("%s: got log\n%s\nand errors\n%s\nwant %q once", name, log, errOut.String(), c.cause)
		}
	}
	p := exec.CommandContext(t.Context(), os.Args[0], "eval", "--data", folder, "--watch", whole, "--once")
	p.Env, p.Stdout, p.Stderr = append(os.Environ(), stepTime+"=0s"), broken(t), broken(t)
	if err := p.Run(); err != nil {
		t.Errorf("an evaluator: got %v, want exit code %d", err, done)
	}
	if rows := fileOf(t, filepath.Join(whole, "eval", "eval.csv")); strings.Count(rows, "\n") != 4 {
		t.Errorf("an evaluator: got %q, want three findings", rows)
	}
}

func fileOf(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestRecordsThatFail trains into a folder whose files for people cannot be written: each is one
// warning, and the checkpoint is the same.
func TestRecordsThatFail(t *testing.T) {
	folder, whole := data(t, 20, 3), filepath.Join(t.TempDir(), "run")
	run(t, done, "train", "--data", folder, "--epochs", "2", "--out", whole)
	want := fileOf(t, runs.Folder(whole).Checkpoint(10))
	for _, name := range []string{"log.jsonl", "flags.json", "machine.json", "train.csv", "curves.png", "confusion.svg"} {
		for what, put := range map[string]func(path string) error{
			"a folder":     func(path string) error { return os.MkdirAll(filepath.Join(path, "full"), 0o755) },
			"a named pipe": func(path string) error { return syscall.Mkfifo(path, 0o600) },
			"a device":     func(path string) error { return os.Symlink("/dev/full", path) },
		} {
			out := filepath.Join(t.TempDir(), "run")
			if err := os.Mkdir(out, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := put(filepath.Join(out, name)); err != nil {
				t.Fatal(err)
			}
			_, errOut := run(t, done, "train", "--data", folder, "--epochs", "2", "--out", out)
			warnings := 0
			if what == "a folder" || name == "log.jsonl" { // others are replaced
				warnings = 1
			}
			if got := strings.Count("\n"+errOut, "\n"+name+": "); got != warnings || fileOf(t, runs.Folder(out).Checkpoint(10)) != want {
				t.Errorf("%s is %s: got %q, want %d warnings and the same checkpoint", name, what, errOut, warnings)
			}
		}
	}
}

// TestLogIsMadeAgain holds that what is said while the log cannot be written is in it later, and
// that a removed log is made again.
func TestLogIsMadeAgain(t *testing.T) {
	var f logFile
	path := filepath.Join(t.TempDir(), "log.jsonl")
	write := func(text string) {
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	write("a\n")
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := f.open(path); err == nil {
		t.Error("a folder in the way: got no error")
	}
	write("b\n")
	if f.failure() == nil {
		t.Error("a folder in the way: got no failure")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	write("c\n")
	if got := fileOf(t, path); got != "a\nb\nc\n" || f.failure() != nil {
		t.Errorf("got %q (%v), want all three lines", got, f.failure())
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	write("d\n")
	if got := fileOf(t, path); got != "d\n" {
		t.Errorf("got %q, want the line after the removal", got)
	}
	if err := f.close(); err != nil {
		t.Fatal(err)
	}
}
