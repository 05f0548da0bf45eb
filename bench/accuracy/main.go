// Command accuracy trains a network with direct and with Winograd's convolutions from the same
// seeds, and compares their accuracies on the test set: the algorithm must not cost any.
//
//	go run ./bench/accuracy
//
// It takes the trainers from the folder that `make test-accuracy` builds them in. It exits 1 where
// the means differ by more than the bound.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// bound is how far the mean accuracies may be apart, in points: percent of the test set.
const bound = 0.3

var algorithms = []string{"direct", "winograd"}

// comparison is one run.
type comparison struct {
	trainers, data       string
	epochs, steps, seeds int
}

func main() {
	c := &comparison{}
	flag.StringVar(&c.trainers, "trainers", "bin/bench", "the `folder` of the trainers accuracy_direct and accuracy_winograd")
	flag.StringVar(&c.data, "data", "fashion-mnist", "the `data` set")
	flag.IntVar(&c.epochs, "epochs", 5, "`epochs` of each training")
	flag.IntVar(&c.steps, "steps", 0, "`steps` of each training in place of epochs, if positive")
	flag.IntVar(&c.seeds, "seeds", 3, "the seeds are 1 to `N`")
	flag.Parse()
	means, err := c.run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "accuracy:", err)
		os.Exit(2)
	}
	text, within := verdict(means)
	fmt.Println(text)
	if !within {
		os.Exit(1)
	}
}

// run trains with each seed and algorithm, one after the other, and returns the mean accuracies in
// percent.
func (c *comparison) run() (means map[string]float64, err error) {
	if c.seeds < 1 {
		return nil, fmt.Errorf("-seeds: got %d, want 1 or more", c.seeds)
	}
	means = map[string]float64{}
	for seed := 1; seed <= c.seeds; seed++ {
		for _, algorithm := range algorithms {
			percent, err := c.train(algorithm, seed)
			if err != nil {
				return nil, fmt.Errorf("%s, seed %d: %w", algorithm, seed, err)
			}
			fmt.Printf("seed %d, %s: test accuracy %.2f %%\n", seed, algorithm, percent)
			means[algorithm] += percent / float64(c.seeds)
		}
	}
	return means, nil
}

// verdict is the last line, and whether the means are close enough.
func verdict(means map[string]float64) (text string, within bool) {
	direct, winograd := means[algorithms[0]], means[algorithms[1]]
	difference := winograd - direct
	within = math.Abs(difference) <= bound
	word := map[bool]string{true: "within", false: "beyond"}[within]
	return fmt.Sprintf("mean test accuracy: direct %.2f %%, winograd %.2f %%, difference %+.2f points: %s %.1f",
		direct, winograd, difference, word, bound), within
}

// train runs a training and returns the test accuracy that it ends with, in percent.
func (c *comparison) train(algorithm string, seed int) (percent float64, err error) {
	folder, err := os.MkdirTemp("", "resnetgen-accuracy-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	out := filepath.Join(folder, "run")
	length := []string{"--epochs", strconv.Itoa(c.epochs)}
	if c.steps > 0 {
		length = []string{"--steps", strconv.Itoa(c.steps)}
	}
	arguments := append([]string{"train", "--data", c.data, "--seed", strconv.Itoa(seed), "--out", out}, length...)
	if _, err := c.trainer(algorithm, arguments...); err != nil {
		return 0, err
	}
	last, err := lastCheckpoint(out)
	if err != nil {
		return 0, err
	}
	text, err := c.trainer(algorithm, "eval", "--data", c.data, "--checkpoint", last, "--json")
	if err != nil {
		return 0, err
	}
	var result struct {
		Accuracy *float64 `json:"accuracy"`
	}
	if err := json.Unmarshal(text, &result); err != nil || result.Accuracy == nil {
		return 0, fmt.Errorf("eval: got %q and error %v, want an accuracy", text, err)
	}
	return 100 * *result.Accuracy, nil
}

// lastCheckpoint returns the checkpoint of the most steps.
func lastCheckpoint(run string) (path string, err error) {
	most := -1
	paths, err := filepath.Glob(filepath.Join(run, "checkpoints", "step-*.safetensors"))
	for _, p := range paths {
		step, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(filepath.Base(p), "step-"), ".safetensors"))
		if err == nil && step > most {
			most, path = step, p
		}
	}
	if err == nil && most < 0 {
		err = fmt.Errorf("%s: got no checkpoint, want one", run)
	}
	return path, err
}

// trainer runs a command of an algorithm's trainer and returns what it prints.
func (c *comparison) trainer(algorithm string, arguments ...string) ([]byte, error) {
	command := exec.Command(filepath.Join(c.trainers, "accuracy_"+algorithm), arguments...)
	var errors bytes.Buffer
	command.Stderr = &errors
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", arguments[0], err, strings.TrimSpace(errors.String()))
	}
	return out, nil
}
