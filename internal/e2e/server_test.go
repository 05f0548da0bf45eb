//go:build campaign

package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// modelServer is a trainer that serves a copy of a run's checkpoint of 4 steps.
type modelServer struct {
	*exec.Cmd
	run, checkpoint, url string
	log                  output
	t                    *testing.T
}

func startServer(t *testing.T, flags ...string) *modelServer {
	t.Helper()
	bin, folder := trainer(t, "resnet20"), t.TempDir()
	s := &modelServer{run: filepath.Join(folder, "run"), checkpoint: filepath.Join(folder, "served.safetensors"), t: t}
	succeed(t, bin, "train", "--data", "fashion-mini", "--steps", "8", "--save-every", "4",
		"--out", s.run, "--tensorboard=false")
	s.replace(4)
	arguments := []string{"serve", "--checkpoint", s.checkpoint, "--addr", ":0", "--poll", "50ms"}
	s.Cmd = exec.Command(bin, append(arguments, flags...)...)
	s.Stderr = &s.log
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Process.Kill() }) // it may be done
	address := regexp.MustCompile(`url=(http://\S+)/`)
	for end := time.Now().Add(time.Minute); !address.MatchString(s.log.String()); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("got no address in a minute\n%s", s.log.String())
		}
	}
	s.url = address.FindStringSubmatch(s.log.String())[1]
	return s
}

// replace puts the checkpoint of a step where the server looks for it.
func (s *modelServer) replace(step int) {
	text := content(s.t, filepath.Join(s.run, "checkpoints", fmt.Sprintf("step-%d.safetensors", step)))
	next := s.checkpoint + ".new"
	if err := errors.Join(os.WriteFile(next, text, 0o644), os.Rename(next, s.checkpoint)); err != nil {
		s.t.Error(err)
	}
}

// badRequests sends what is refused.
func (s *modelServer) badRequests(t *testing.T) {
	for body, want := range map[string]int{
		strings.Repeat(" ", 17<<20): http.StatusRequestEntityTooLarge,
		"no picture":                http.StatusUnsupportedMediaType,
		"\x89PNG\r\n\x1a\n":         http.StatusBadRequest,
	} {
		r, err := http.Post(s.url+"/predict", "", strings.NewReader(body))
		if err != nil {
			t.Error(err)
			continue
		}
		_ = r.Body.Close()
		if r.StatusCode != want {
			t.Errorf("%.20q: got %d, want %d", body, r.StatusCode, want)
		}
	}
}
