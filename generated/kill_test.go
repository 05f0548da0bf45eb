//go:build campaign

package generated_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// kills is how many times the campaign ends a trainer by force.
const kills = 50

// TestKills kills a trainer at random moments, its start and the writing of its checkpoints among them, lets it go on
// from what it has left, and compares what the runs end with, byte for byte, with a run left alone.
func TestKills(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "resnet20")
	if out, err := exec.Command("go", "build", "-o", bin, "./resnet20/cmd/resnet20").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	const steps = 100
	arguments := func(out string, threads int, more ...string) []string {
		return append([]string{
			"train", "--data", "fashion-mini", "--steps", fmt.Sprint(steps), "--save-every", "2", "--seed", "7",
			"--threads", fmt.Sprint(threads), "--out", out,
		}, more...)
	}
	last := func(out string) []byte {
		data, err := os.ReadFile(filepath.Join(out, "checkpoints", fmt.Sprintf("step-%d.safetensors", steps)))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	alone := filepath.Join(t.TempDir(), "alone")
	if out, err := exec.Command(bin, arguments(alone, 2)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	r := rand.New(rand.NewPCG(1, 2))
	killed := 0
	for runs := 0; killed < kills; runs++ {
		out := filepath.Join(t.TempDir(), fmt.Sprint("run", runs))
		var more []string
		for ended := false; !ended; {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(100+r.IntN(1500))*time.Millisecond) // then: SIGKILL
			var text bytes.Buffer
			c := exec.CommandContext(ctx, bin, arguments(out, 1+r.IntN(3), more...)...)
			c.Stdout, c.Stderr = &text, &text
			err := c.Run()
			switch {
			case err == nil:
				ended = true
			case ctx.Err() == nil:
				t.Fatalf("after %d kills: %v\n%s", killed, err, text.String())
			default:
				killed++
			}
			cancel()
			if _, err := os.Stat(filepath.Join(out, "run.json")); err == nil {
				more = []string{"--resume"}
			}
		}
		if !bytes.Equal(last(out), last(alone)) {
			t.Fatalf("run %d ended, after %d kills in all, with another checkpoint than the run left alone", runs, killed)
		}
		t.Logf("run %d: the same bits; %d kills survived so far", runs, killed)
	}
	fmt.Printf("%d kills survived\n", killed)
}
