//go:build unix

package doctest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Place is a folder that steps run in, and their environment.
type Place struct {
	Dir string
	Env []string

	running sync.WaitGroup
}

// Wait waits for what runs in the background, when the context that it was started with is done.
func (p *Place) Wait() { p.running.Wait() }

// Run does one step. A script in the background runs until ctx is done, and Run returns when it has
// printed what is wanted. An error has what the script has printed.
func (p *Place) Run(ctx context.Context, step *Step) error {
	if step.File != "" {
		path := filepath.Join(p.Dir, filepath.FromSlash(step.File))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("line %d: %w", step.Line, err)
		}
		if err := os.WriteFile(path, []byte(step.Text), 0o644); err != nil {
			return fmt.Errorf("line %d: %w", step.Line, err)
		}
		return nil
	}
	s := p.start(ctx, step)
	deadline := time.NewTimer(step.Limit)
	defer deadline.Stop()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case err := <-s.done:
			if err != nil || step.Background {
				return s.failed(fmt.Sprintf("the end (%v)", err), "success, in the background no end")
			}
			if missing := s.missing(); missing != "" {
				return s.failed("no "+missing, "it in the output")
			}
			return nil
		case <-look.C:
			if step.Background && s.missing() == "" {
				return nil
			}
		case <-deadline.C:
			s.stop()
			return s.failed("no end, or not what it prints, in "+step.Limit.String(), "it")
		}
	}
}

// script is one that runs.
type script struct {
	step   *Step
	stop   context.CancelFunc
	done   chan error
	output output
}

// start starts a script in a process group of its own, which ends with ctx as a terminal would end
// it.
func (p *Place) start(ctx context.Context, step *Step) *script {
	ctx, stop := context.WithCancel(ctx)
	s := &script{step: step, stop: stop, done: make(chan error, 1)}
	cmd := exec.CommandContext(ctx, "sh", "-eu", "-c", step.Text)
	cmd.Dir, cmd.Env = p.Dir, p.Env
	cmd.Stdout, cmd.Stderr = &s.output, &s.output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	p.running.Go(func() {
		defer stop()
		s.done <- cmd.Run()
	})
	return s
}

// missing returns what the script has not printed yet of what it should, or "".
func (s *script) missing() string {
	said := s.output.String()
	for _, text := range s.step.Prints {
		if !strings.Contains(said, text) {
			return fmt.Sprintf("%q", text)
		}
	}
	return ""
}

func (s *script) failed(got, want string) error {
	return errors.New(strings.TrimSpace(fmt.Sprintf("line %d: got %s, want %s\n%s\nprinted:\n%s", s.step.Line, got, want, s.step.Text, s.output.String())))
}

// output is what a script prints; it may be read as it comes.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements [io.Writer].
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// String returns what has been printed.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
