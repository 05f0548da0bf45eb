//go:build campaign && linux

package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// What an attack may take, and how long it lasts.
const (
	attackTimeout = 4 * time.Second  // the server's --timeout
	attackDrain   = 10 * time.Second // and its --drain
	attackTime    = attackTimeout / 2
	attackMemory  = 256 << 20 // resident, over the idle server

	dashboardTimeout = 10 * time.Second // which its server has
)

// TestAttack attacks a prediction server and a training's dashboard in every way that the project
// knows. Beside each attack an ordinary client asks on. It is answered in time, memory stays within
// its bound, connections and goroutines end with the attack, and SIGTERM in the middle of the
// attack ends the server with exit code 0.
func TestAttack(t *testing.T) {
	bin, folder := trainer(t, "resnet20"), t.TempDir()
	checkpoint := filepath.Join(folder, "first.safetensors")
	succeed(t, bin, "init", "--out", checkpoint)
	fmt.Printf("%-34s %9s %10s %8s %10s %6s %7s  %s\n",
		"attack", "requests", "MiB more", "slowest", "goroutines", "files", "SIGTERM", "answers")
	for _, a := range serveAttacks(t) {
		t.Run(a.name, func(t *testing.T) {
			command := exec.Command(bin, "serve", "--checkpoint", checkpoint, "--addr", "127.0.0.1:0", "--poll", "0",
				"--timeout", attackTimeout.String(), "--drain", attackDrain.String())
			s := startTarget(t, command, `url=http://(\S+)/`)
			s.attack(&a)
		})
	}
	for _, a := range dashboardAttacks() {
		t.Run(a.name, func(t *testing.T) { attackTraining(t, bin, &a) })
	}
	if !t.Failed() {
		fmt.Println("OK")
	}
}

// attack is what many clients do at one time, each again and again until ctx is done.
type attack struct {
	name    string
	clients int
	client  func(ctx context.Context, t *target)
}

// attack runs an attack twice: the first time to its end, the second until the server is told to
// end.
func (s *target) attack(a *attack) {
	for range 3 {
		if err := s.probe(); err != nil {
			s.t.Fatalf("before the attack: %v", err)
		}
	}
	s.idle = s.status("VmRSS")
	goroutines, files := s.idleGoroutines(), s.files()
	end := s.begin(a)
	slowest := s.ask(attackTime)
	end()
	s.settled(goroutines, files)
	goroutinesAfter, filesAfter := s.goroutines(), s.files()
	end = s.begin(a)
	time.Sleep(attackTime / 4)
	took := s.terminate()
	more := s.highest - s.idle
	end()
	fmt.Printf("%-34s %9d %10.1f %8s %4d → %3d %2d → %d %7s  %s\n",
		a.name, s.requests(), float64(more)/(1<<20), slowest.Round(time.Millisecond),
		goroutines, goroutinesAfter, files, filesAfter, took.Round(10*time.Millisecond), s.summary())
	if more > attackMemory {
		s.t.Errorf("%s: got %d bytes more than idle, want at most %d", a.name, more, attackMemory)
	}
}

// begin begins an attack. The function that it returns ends it.
func (s *target) begin(a *attack) (end func()) {
	ctx, cancel := context.WithCancel(s.t.Context())
	var all sync.WaitGroup
	for range a.clients {
		all.Go(func() {
			for ctx.Err() == nil {
				a.client(ctx, s)
			}
		})
	}
	return func() {
		cancel()
		all.Wait()
	}
}

// ask asks as an ordinary client does, each time on a new connection, and returns the longest that
// it took.
func (s *target) ask(during time.Duration) (slowest time.Duration) {
	for end := time.Now().Add(during); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		begun := time.Now()
		if err := s.probe(); err != nil {
			s.t.Errorf("beside the attack: %v", err)
		}
		slowest = max(slowest, time.Since(begun))
	}
	if slowest > s.timeout {
		s.t.Errorf("beside the attack: it took %v, want at most %v", slowest, s.timeout)
	}
	return slowest
}

// settled waits until the connections and goroutines of an attack have ended.
func (s *target) settled(goroutines, files int) {
	var g, f int
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if g, f = s.goroutines(), s.files(); g <= goroutines+1 && f <= files+s.spare {
			return
		}
	}
	s.t.Errorf("after the attack: got %d goroutines and %d files, want %d and %d as before", g, f, goroutines, files)
}

// attackTraining attacks the dashboard of a training that may have 256 files open. Its checkpoints
// go on.
func attackTraining(t *testing.T, bin string, a *attack) {
	run := filepath.Join(t.TempDir(), "run")
	other := filepath.Join(filepath.Dir(run), "other")
	if err := os.MkdirAll(other, 0o755); err != nil {
		t.Fatal(err)
	}
	table := "step,loss,learning_rate,accuracy\n" + strings.Repeat("1,2.5,0.1,0.25\n", 100_000)
	if err := errors.Join(
		os.WriteFile(filepath.Join(other, "run.json"), []byte("{}"), 0o644),
		os.WriteFile(filepath.Join(other, "train.csv"), []byte(table), 0o644),
	); err != nil {
		t.Fatal(err)
	}
	command := exec.Command("bash", "-c", `ulimit -n 256 && exec "$0" "$@"`, bin, "train", "--data", "fashion-mini",
		"--steps", "1000000", "--save-every", "5", "--threads", "1", "--out", run, "--dashboard", "127.0.0.1:0")
	s := startTarget(t, command, `dashboard: http://(\S+)/`)
	s.codes, s.spare, s.timeout = []int{0, 3}, 8, dashboardTimeout
	s.probe = func() error {
		code, text, err := s.exchange("GET", "/", nil)
		if err != nil || code != http.StatusOK {
			return fmt.Errorf("got %d, %.200s, %v", code, text, err)
		}
		return nil
	}
	saved := func() (last time.Time) {
		all, _ := filepath.Glob(filepath.Join(run, "checkpoints", "*.safetensors"))
		for _, path := range all {
			if info, err := os.Stat(path); err == nil && info.ModTime().After(last) {
				last = info.ModTime()
			}
		}
		return last
	}
	eventually(t, "a checkpoint", func() bool { return !saved().IsZero() })
	before := saved()
	s.attack(a)
	if after := saved(); !after.After(before) {
		t.Error("got no checkpoint during the attack, want some")
	}
	if log := s.log.String(); strings.Contains(log, "too many open files") {
		t.Errorf("got %.2000s, want enough files for the training", log)
	}
}
