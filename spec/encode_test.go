package spec_test

import (
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/spec"
)

// TestEncode prints every key, in the order of the documentation.
func TestEncode(t *testing.T) {
	const want = `name: net
input: {height: 32, width: 32, channels: 3}
classes: 10
filters: [16, 16, 32, 64]
strides: [1, 2, 2]
units: [3, 3, 3]
bottleneck: false
activate_before_residual: [true, false, false]
relu_leakiness: 0.1
batch_norm: {epsilon: 0.001, decay: 0.9}
train:
  batch: 128
  optimizer: mom
  momentum: 0.9
  weight_decay: 0.0002
  decay_on: weights
  label_smoothing: 0
  learning_rate:
    schedule: piecewise
    boundaries: [40000, 60000, 80000]
    values: [0.1, 0.01, 0.001, 0.0001]
  augment: {pad: 2, flip: random, cutout: 0}
  ema: 0
eval: {batch: 100, flip: false, shift: 0}
data: ""
labels: []
algorithm: auto
`
	if got := string(spec.Encode(parse(t, minimal))); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestEncodeRoundTrip holds that what Encode prints means the same, for values that YAML could
// mistake.
func TestEncodeRoundTrip(t *testing.T) {
	for name, add := range map[string]string{
		"defaults":  "",
		"constant":  "train: {learning_rate: {schedule: constant, value: 0}}",
		"cosine":    "train: {learning_rate: {schedule: cosine, start: 1e-7, warmup: 0.25}}",
		"one-cycle": "train: {learning_rate: {schedule: one-cycle, peak: 1e20}}",
		"piecewise": "train: {learning_rate: {schedule: piecewise, boundaries: [1], values: [0, 1], warmup: 0.5}}",
		"sgd":       "train: {optimizer: sgd}",
		"nesterov":  "train: {optimizer: nesterov, label_smoothing: 0.1, decay_on: all, ema: 0.99, augment: {flip: alternating, cutout: 8}}\neval: {flip: true, shift: 1}",
		"adamw":     "train: {optimizer: adamw, adam: {beta1: 0, epsilon: 1e-7}}",
		"labels":    `labels: ["0", "true", "~", "no", " a ", "1e3", "ä: b", "#c", "\u2028", "\ufeff"]`,
		"pixels":    "standardize: {mean: [0.4914, 0, 1], std: [0.247, 1, 1e-3]}",
		"data":      `data: "C:\\a b\\: #"`,
	} {
		t.Run(name, func(t *testing.T) { roundTrip(t, parse(t, minimal+add+"\n")) })
	}
}

// TestHash holds what changes the hash and what does not.
func TestHash(t *testing.T) {
	want := parse(t, minimal).Hash()
	if len(want) != 64 || strings.Trim(want, "0123456789abcdef") != "" {
		t.Fatalf("got hash %q, want 64 hexadecimal digits", want)
	}
	for name, data := range map[string]string{
		"comments":       "# x\n" + minimal,
		"line ends":      strings.ReplaceAll(minimal, "\n", "\r\n"),
		"default":        minimal + "relu_leakiness: 1e-1\n",
		"list of units":  strings.Replace(minimal, "units: 3", "units: [3, 3, 3]", 1),
		"empty labels":   minimal + "labels: []\n",
		"empty mappings": minimal + "train: {}\neval: {}\nbatch_norm: {}\n",
		"negative zero":  minimal + "train: {learning_rate: {schedule: piecewise, warmup: -0.0}}\n",
	} {
		if got := parse(t, data).Hash(); got != want {
			t.Errorf("%s: got hash %s, want the same, %s", name, got, want)
		}
	}
	for _, add := range []string{
		"standardize: {mean: [0, 0, 0], std: [1, 1, 1]}", "relu_leakiness: 0.2", "data: ./x", "algorithm: direct", "train: {recompute: 4}", "labels: [a, b, c, d, e, f, g, h, i, j]", "eval: {batch: 1}",
		"eval: {flip: true}", "train: {ema: 0.9}", "train: {decay_on: all}", "train: {label_smoothing: 0.1}", "train: {augment: {cutout: 1}}",
		"train: {learning_rate: {schedule: constant, value: 0}}", "train: {learning_rate: {schedule: cosine, start: 0}}",
	} {
		if got := parse(t, minimal+add+"\n").Hash(); got == want {
			t.Errorf("%s: got the same hash, want another", add)
		}
	}
}

// TestEncodeInvalid panics on what no parsed spec is.
func TestEncodeInvalid(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("got no panic, want one")
		}
	}()
	spec.Encode(&spec.Net{})
}
