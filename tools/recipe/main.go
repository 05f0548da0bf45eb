// Recipe trains a network from several seeds and holds the mean of their last test accuracies to a
// bound:
//
//	go run ./tools/recipe -trainer T -out DIR -epochs N -seeds N -want PERCENT
//
// Its last line is the mean; it exits 1 if that is below the bound. What is trained already in DIR
// is not trained again: an interrupted recipe goes on where it was.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

func main() {
	var r recipe
	flag.StringVar(&r.trainer, "trainer", "", "the network's trainer")
	flag.StringVar(&r.out, "out", "", "folder of the runs")
	flag.IntVar(&r.epochs, "epochs", 15, "epochs of a run")
	flag.IntVar(&r.seeds, "seeds", 3, "runs, with the seeds from 1 on")
	want := flag.Float64("want", 0, "the lowest mean, in percent")
	flag.Parse()
	mean, err := r.run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "recipe:", err)
		os.Exit(2)
	}
	fmt.Printf("mean of %d seeds after %d epochs: %.2f %% test accuracy, wanted %g %%\n", r.seeds, r.epochs, mean, *want)
	if mean < *want {
		os.Exit(1)
	}
}

// recipe is what is run.
type recipe struct {
	trainer, out  string
	epochs, seeds int
}

// run returns the mean of the seeds' accuracies in percent.
func (r *recipe) run() (float64, error) {
	if r.trainer == "" || r.out == "" || r.epochs < 1 || r.seeds < 1 {
		return 0, errors.New("got no -trainer, no -out, or no -epochs or -seeds from 1 on, want all four")
	}
	sum := 0.0
	for seed := 1; seed <= r.seeds; seed++ {
		accuracy, err := r.train(seed)
		if err != nil {
			return 0, fmt.Errorf("seed %d: %w", seed, err)
		}
		fmt.Printf("seed %d: %.2f %%\n", seed, 100*accuracy)
		sum += 100 * accuracy
	}
	return sum / float64(r.seeds), nil
}

// train trains a seed to its end and returns the accuracy of its last checkpoint.
func (r *recipe) train(seed int) (float64, error) {
	out := filepath.Join(r.out, fmt.Sprintf("seed-%d", seed))
	// Between the epochs an image alone will do; the end is evaluated as the spec says.
	arguments := []string{"train", "--epochs", strconv.Itoa(r.epochs), "--seed", strconv.Itoa(seed), "--out", out, "--eval-flip=false", "--eval-shift", "0"}
	if _, err := os.Stat(filepath.Join(out, "run.json")); err == nil {
		arguments = append(arguments, "--resume")
	}
	train := exec.Command(r.trainer, arguments...)
	train.Stdout, train.Stderr = os.Stderr, os.Stderr
	if err := train.Run(); err != nil {
		return 0, fmt.Errorf("train: %w", err)
	}
	last, err := lastCheckpoint(out)
	if err != nil {
		return 0, err
	}
	eval := exec.Command(r.trainer, "eval", "--json", "--checkpoint", last)
	eval.Stderr = os.Stderr
	text, err := eval.Output()
	if err != nil {
		return 0, fmt.Errorf("eval: %w", err)
	}
	var result struct{ Accuracy float64 }
	if err := json.Unmarshal(text, &result); err != nil {
		return 0, fmt.Errorf("eval: %w", err)
	}
	return result.Accuracy, nil
}

// lastCheckpoint returns the one of the highest step.
func lastCheckpoint(run string) (path string, err error) {
	paths, err := filepath.Glob(filepath.Join(run, "checkpoints", "step-*.safetensors"))
	if err != nil {
		return "", err
	}
	highest := -1
	for _, p := range paths {
		step := 0
		if _, err := fmt.Sscanf(filepath.Base(p), "step-%d.safetensors", &step); err == nil && step > highest {
			path, highest = p, step
		}
	}
	if highest < 0 {
		return "", fmt.Errorf("got no checkpoint in %s, want one", run)
	}
	return path, nil
}
