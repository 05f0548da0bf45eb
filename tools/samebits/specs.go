package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/resnetgen/resnetgen/spec"
)

// randomSpecs is how many specs are drawn.
const randomSpecs = 10

// wide has convolutions whose Winograd products are those of the whole batch.
const wide = `name: wide
input: {height: 28, width: 28, channels: 1}
classes: 10
filters: [16, 32, 320]
strides: [2, 2]
units: [1, 2]
train: {batch: 16}
eval: {batch: 20}
data: fashion-mini
`

// specs returns the texts of the committed specs of a checkout, and of random ones, by their
// networks' names.
func specs(root string) (map[string]string, error) {
	texts := map[string]string{}
	for _, name := range []string{"resnet20", "resnet32", "resnet164"} {
		text, err := os.ReadFile(filepath.Join(root, "generated", name+".yaml"))
		if err != nil {
			return nil, err
		}
		texts[name] = string(text)
	}
	texts["wide"] = wide
	random := rand.New(rand.NewPCG(21, 4))
	for committed := len(texts); len(texts) < committed+randomSpecs; {
		name := fmt.Sprintf("random%d", len(texts)-committed+1)
		if text := draw(name, random); valid(name, text) {
			texts[name] = text
		}
	}
	return texts, nil
}

func valid(name, text string) bool {
	_, err := spec.Parse(name+".yaml", []byte(text))
	return err == nil
}

// draw writes a spec for the embedded data set. Not every one of them is valid.
func draw(name string, random *rand.Rand) string {
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	stages := 1 + random.IntN(3)
	channels := []string{pick("4", "8", "16", "24")}
	var strides, units []string
	for range stages {
		channels = append(channels, pick("4", "8", "16", "32", "40", "64"))
		strides = append(strides, pick("1", "2", "2", "3"))
		units = append(units, pick("1", "2", "3"))
	}
	list := func(values []string) string { return "[" + strings.Join(values, ", ") + "]" }
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("name: %s", name)
	line("input: {height: 28, width: 28, channels: 1}")
	line("classes: 10")
	line("filters: %s", list(channels))
	line("strides: %s", list(strides))
	line("units: %s", list(units))
	line("bottleneck: %s", pick("true", "false"))
	line("relu_leakiness: %s", pick("0", "0.1", "0.25"))
	line("algorithm: %s", pick("auto", "winograd", "direct"))
	line("train:")
	line("  batch: %s", pick("16", "20", "32"))
	line("  optimizer: %s", pick("mom", "sgd", "nesterov", "adamw"))
	line("  weight_decay: %s", pick("0", "0.0002", "0.001"))
	line("  label_smoothing: %s", pick("0", "0.1"))
	line("  decay_on: %s", pick("weights", "all"))
	line("  recompute: %s", pick("0", "0", "1", "2"))
	line("eval: {batch: %s}", pick("10", "25", "40"))
	line("data: fashion-mini")
	return b.String()
}
