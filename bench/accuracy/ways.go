package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

const data = "fashion-mnist"

// arguments are the flags of the trainers and of the twin in PyTorch.
func (l length) arguments() []string {
	if l.steps > 0 {
		return []string{"--steps", strconv.Itoa(l.steps)}
	}
	return []string{"--epochs", strconv.Itoa(l.epochs)}
}

// trainerWay trains with a trainer.
func trainerWay(name, trainer string) way {
	return way{name, func(l length, seed int) (float64, error) { return train(trainer, l, seed) }}
}

// train runs a training and evaluates its last checkpoint.
func train(trainer string, l length, seed int) (percent float64, err error) {
	folder, err := os.MkdirTemp("", "resnetgen-accuracy-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	out := filepath.Join(folder, "run")
	arguments := append([]string{"train", "--data", data, "--seed", strconv.Itoa(seed), "--out", out}, l.arguments()...)
	if _, err := output(trainer, arguments...); err != nil {
		return 0, err
	}
	last, err := lastCheckpoint(out)
	if err != nil {
		return 0, err
	}
	text, err := output(trainer, "eval", "--data", data, "--checkpoint", last, "--json")
	if err != nil {
		return 0, err
	}
	return accuracy(text)
}

// trainTwin trains in PyTorch, with Debian's Python, which Debian's PyTorch is for.
func trainTwin(l length, seed int) (percent float64, err error) {
	arguments := append([]string{filepath.Join("bench", "pytorch", "twin.py"), "--seed", strconv.Itoa(seed)}, l.arguments()...)
	text, err := output("/usr/bin/python3", arguments...)
	if err != nil {
		return 0, err
	}
	return accuracy(text)
}

// accuracy reads it, a share, from JSON, and returns it in percent.
func accuracy(text []byte) (percent float64, err error) {
	var result struct {
		Accuracy *float64 `json:"accuracy"`
	}
	if err := json.Unmarshal(text, &result); err != nil || result.Accuracy == nil {
		return 0, fmt.Errorf("got %q and error %v, want an accuracy", text, err)
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

// output runs a program and returns what it prints.
func output(program string, arguments ...string) ([]byte, error) {
	command := exec.Command(program, arguments...)
	var errors bytes.Buffer
	command.Stderr = &errors
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w: %s", program, arguments[0], err, strings.TrimSpace(errors.String()))
	}
	return out, nil
}
