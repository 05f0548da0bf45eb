//go:build campaign

package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// kills is how many times the campaign ends a trainer by force.
const kills = 200

// TestKills kills a trainer at random moments, its start and the writing of its checkpoints among
// them, damages files of its folder after some of the kills, lets it go on from what is left, and
// compares what the runs end with, byte for byte, with a run left alone.
func TestKills(t *testing.T) {
	bin := trainer(t, "resnet20")
	const steps = 100
	arguments := func(out string, threads int, more ...string) []string {
		return append([]string{
			"train", "--data", "fashion-mini", "--steps", fmt.Sprint(steps), "--save-every", "1", "--seed", "7",
			"--threads", fmt.Sprint(threads), "--out", out,
		}, more...)
	}
	last := func(out string) []byte {
		return content(t, filepath.Join(out, "checkpoints", fmt.Sprintf("step-%d.safetensors", steps)))
	}
	alone, begun := filepath.Join(t.TempDir(), "alone"), time.Now()
	succeed(t, bin, arguments(alone, 2)...)
	longest := time.Since(begun) / 10 // on a busy machine too, a trainer comes some steps further before it is killed
	r := rand.New(rand.NewPCG(1, 2))
	killed, writing, damaged := 0, 0, 0
	for tries := 0; killed < kills; tries++ {
		out := filepath.Join(t.TempDir(), fmt.Sprint("run", tries))
		var more []string
		for {
			var text bytes.Buffer
			c := exec.CommandContext(t.Context(), bin, arguments(out, 1+r.IntN(3), more...)...)
			c.Stdout, c.Stderr = &text, &text
			delay := time.Duration(r.Int64N(int64(longest)))
			if killed == kills {
				delay = time.Hour // the last run comes to its end
			}
			ended, err := killAfter(c, delay, out, killed%2 == 1)
			if err != nil {
				t.Fatalf("after %d kills: %v\n%s", killed, err, text.String())
			}
			if ended {
				longest -= longest / 4 // the machine has become quicker: too few kills would come
				break
			}
			killed++
			if len(unfinished(out)) > 0 {
				writing++
			}
			if _, err := os.Stat(filepath.Join(out, "run.json")); err == nil {
				more = []string{"--resume"}
			}
			if r.IntN(3) == 0 {
				damaged += damage(t, r, runs.Folder(out))
			}
		}
		if !bytes.Equal(last(out), last(alone)) {
			t.Fatalf("run %d ended, after %d kills in all, with another checkpoint than the run left alone", tries, killed)
		}
		whole(t, runs.Folder(out))
		t.Logf("run %d: the same bits; %d kills survived so far", tries, killed)
	}
	if writing < kills/10 {
		t.Errorf("got %d kills while a file was written, want %d or more", writing, kills/10)
	}
	if damaged < kills/10 {
		t.Errorf("got %d files damaged, want %d or more", damaged, kills/10)
	}
	fmt.Printf("%d kills came while a file was written\n%d kills survived, and %d damaged files\n", writing, killed, damaged)
}

// damage damages one or two files of a run's folder, and returns how many. Of its checkpoints one
// stays whole; a run that has none keeps its settings, too, from which it starts again.
func damage(t *testing.T, r *rand.Rand, out runs.Folder) (damaged int) {
	t.Helper()
	for range 1 + r.IntN(2) {
		checkpoints, _ := filepath.Glob(filepath.Join(string(out), "checkpoints", "*.safetensors"))
		others, _ := filepath.Glob(filepath.Join(string(out), "*.*")) // the patterns are right: there are no errors
		good := slices.DeleteFunc(slices.Clone(checkpoints), func(path string) bool {
			_, err := checkpoint.Read(path)
			return err != nil
		})
		files := append(others, filepath.Join(string(out), "lock"))
		if len(good) > 1 {
			files = slices.Concat(files, checkpoints, checkpoints)
		}
		path := files[r.IntN(len(files))]
		data, err := os.ReadFile(path)
		if err != nil || len(good) == 0 && filepath.Base(path) == "run.json" {
			continue // a kill came before it was written
		}
		switch r.IntN(4) {
		case 0:
			err = os.WriteFile(path, data[:r.IntN(len(data)+1)], 0o600)
		case 1:
			if len(data) > 0 {
				data[r.IntN(len(data))] ^= 1 << r.IntN(8)
			}
			err = os.WriteFile(path, data, 0o600)
		case 2:
			err = os.WriteFile(path, make([]byte, len(data)), 0o600)
		case 3:
			err = os.Remove(path)
		}
		if err != nil {
			t.Fatal(err)
		}
		damaged++
	}
	return damaged
}

// killAfter runs a trainer and kills it after a delay, or if aimed is set when it next writes a
// file after that. It returns whether the trainer came to its end before.
func killAfter(c *exec.Cmd, delay time.Duration, out string, aimed bool) (ended bool, err error) {
	if err := c.Start(); err != nil {
		return false, err
	}
	done := make(chan error, 1)
	go func() { done <- c.Wait() }()
	wait := time.After(delay)
	for {
		select {
		case err := <-done:
			return true, err
		case <-wait:
			if aimed && len(unfinished(out)) == 0 {
				wait = time.After(100 * time.Microsecond)
				continue
			}
			if err := c.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				return false, err
			}
			<-done // of the kill
			return c.ProcessState.Success(), nil
		}
	}
}
