//go:build campaign

package packaging

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/resnetgen/resnetgen/gen"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
)

const (
	firstCommit  = "b178cc8" // the last of the first version
	firstVersion = "v0.1.0"
)

// TestUpgrade takes a module that was made with the first version through the steps of
// CHANGELOG.md's "To upgrade". A training that the first version began ends with the tensors that
// the first version would have given it, and is served.
func TestUpgrade(t *testing.T) {
	if "v"+gen.Version == firstVersion {
		t.Fatalf("got version %s of the generator, want a later one than the first", gen.Version)
	}
	proxy := t.TempDir()
	publish(t, proxy, checkoutOf(t, firstCommit), firstVersion)
	publish(t, proxy, "../..", "v"+gen.Version)
	s := newModule(t, proxy)

	s.run("go", "get", "-tool", tool+"@"+firstVersion)
	s.run("go", "tool", "resnetgen", "init", "--from", "zoo/resnet20-fashion", "net")
	s.run("go", "generate", "./...")
	s.run("go", "mod", "tidy")
	s.write("classify/main.go", program)
	s.run("go", "build", "-o", "bin/", "./...")
	trainer := filepath.Join(s.dir, "bin", "net")
	s.writeImage("thing.png")
	train := []string{"train", "--data", "fashion-mini", "--seed", "1", "--steps", "30", "--save-every", "10"}
	s.run(trainer, append(train, "--out", "whole")...)
	s.run(trainer, append(train, "--out", "run")...)
	for _, step := range []string{"step-20", "step-30"} { // as if the run had been killed before
		if err := os.Remove(filepath.Join(s.dir, "run", "checkpoints", step+".safetensors")); err != nil {
			t.Fatal(err)
		}
	}

	s.run("go", "get", "-tool", tool+"@v"+gen.Version)
	s.run("go", "mod", "tidy")
	s.run("go", "generate", "./...")
	s.run("go", "mod", "tidy")
	s.run("go", "build", "-o", "bin/", "./...")
	s.run("go", "tool", "resnetgen", "check", "net.yaml")
	s.run(trainer, append(train, "--out", "run", "--resume")...)
	s.sameTensors("whole/checkpoints/step-30.safetensors", "run/checkpoints/step-30.safetensors")
	s.served(trainer, "run", "thing.png")
	s.run(filepath.Join(s.dir, "bin", "classify"), "run/checkpoints/step-30.safetensors", "thing.png")
}

// checkoutOf returns a checkout of one of the project's commits.
func checkoutOf(t *testing.T, commit string) string {
	t.Helper()
	folder := t.TempDir()
	for _, args := range [][]string{
		{"clone", "-q", "--no-checkout", "../..", folder},
		{"-C", folder, "checkout", "-q", commit},
	} {
		if out, err := exec.Command("git", args...).CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	return folder
}

// sameTensors holds that two checkpoints have the same tensors, bit for bit.
func (s *scratch) sameTensors(want, got string) {
	s.Helper()
	var both [2]map[string]checkpoint.Tensor
	for i, name := range []string{want, got} {
		file, err := checkpoint.Read(filepath.Join(s.dir, filepath.FromSlash(name)))
		if err != nil {
			s.Fatal(err)
		}
		both[i] = map[string]checkpoint.Tensor{}
		for _, tensor := range file.Tensors {
			both[i][tensor.Name] = tensor
		}
	}
	if diff := cmp.Diff(both[0], both[1]); diff != "" {
		s.Errorf("%s has other tensors than %s (-want +got):\n%.2000s", got, want, diff)
	}
}

var serverAddress = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// served asks a server of a run for the class of an image, and stops it with a signal.
func (s *scratch) served(trainer, run, image string) {
	s.Helper()
	server := exec.CommandContext(s.Context(), trainer, "serve", "--checkpoint", run, "--addr", "127.0.0.1:0")
	server.Dir, server.Env = s.dir, s.env
	server.WaitDelay = time.Minute
	out, in, err := os.Pipe()
	if err != nil {
		s.Fatal(err)
	}
	defer out.Close()
	server.Stdout, server.Stderr = in, in
	err = server.Start()
	in.Close()
	if err != nil {
		s.Fatal(err)
	}
	var url string
	lines := bufio.NewScanner(out)
	for url == "" && lines.Scan() {
		url = serverAddress.FindString(lines.Text())
	}
	var answer struct{ Guesses []guess }
	reply, err := (&http.Client{Timeout: time.Minute}).Post(url+"/predict", "image/png", bytes.NewReader([]byte(s.read(image))))
	if err == nil {
		err = json.NewDecoder(reply.Body).Decode(&answer)
		reply.Body.Close()
	}
	if err != nil || len(answer.Guesses) == 0 || answer.Guesses[0].Class == "" {
		s.Errorf("%s/predict: got %+v (%v), want a class", url, answer, err)
	}
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		s.Error(err)
	}
	if err := server.Wait(); err != nil {
		s.Errorf("serve, after SIGTERM: %v", err)
	}
}
