package spec_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/spec"
)

// together are additions to the minimal spec of keys that are right only with others, or that YAML
// could mistake. The schema's own examples and bounds give those of single keys: see [variants].
var together = map[string]string{
	"constant":  "train: {learning_rate: {schedule: constant, value: 0}}",
	"cosine":    "train: {learning_rate: {schedule: cosine, start: 1e-7, warmup: 0.25}}",
	"one-cycle": "train: {learning_rate: {schedule: one-cycle, peak: 1e20}}",
	"piecewise": "train: {learning_rate: {schedule: piecewise, boundaries: [1], values: [0, 1], warmup: 0.5}}",
	"sgd":       "train: {optimizer: sgd}",
	"nesterov":  "train: {optimizer: nesterov, label_smoothing: 0.1, decay_on: all, ema: 0.99, augment: {flip: alternating, cutout: 8}}\neval: {flip: true, shift: 1}",
	"adamw":     "train: {optimizer: adamw, adam: {beta1: 0, epsilon: 1e-7}}",
	"beta2":     "train: {optimizer: adamw, adam: {beta2: 0.5}}",
	"labels":    `labels: ["0", "true", "~", "no", " a ", "1e3", "ä: b", "#c", "\u2028", "\ufeff"]`,
	"pixels":    "standardize: {mean: [0.4914, 0, 1], std: [0.247, 1, 1e-3]}",
	"images":    "preprocess: {crop: 32}",
	"stretched": "preprocess: {resize: 40, fit: stretch, interpolation: bicubic, channels: bgr}",
	"stages":    "strides: [2, 1, 2]\nactivate_before_residual: [true, true, false]",
	"inner":     "bottleneck: true\ninner_filters: [3, 8, 20]",
	"middle":    "bottleneck: true\nbottleneck_stride: middle",
	"gamma":     "unit: post-activation\nbatch_norm: {last_gamma: 0}",
	"data":      `data: "C:\\a b\\: #"`,
}

// TestEncodeRoundTrip holds that what Encode prints means the same.
func TestEncodeRoundTrip(t *testing.T) {
	for name, add := range together {
		t.Run(name, func(t *testing.T) { roundTrip(t, parse(t, minimal+add+"\n")) })
	}
	for path, specs := range variants(t) {
		t.Run(path, func(t *testing.T) {
			for _, data := range specs {
				roundTrip(t, parse(t, data))
			}
		})
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
	for name, add := range together {
		if got := parse(t, minimal+add+"\n").Hash(); got == want {
			t.Errorf("%s: got the same hash, want another", name)
		}
	}
	single := variants(t)
	for _, specs := range single {
		for _, data := range specs {
			if got := parse(t, data).Hash(); got == want {
				t.Errorf("%s: got the same hash, want another", data)
			}
		}
	}
	adds := strings.Join(slices.Collect(maps.Values(together)), "\n")
	for _, key := range schemaKeys(schemaRoot) {
		isMapping, name := key.Properties != nil, key.path[len(key.path)-1]
		if !isMapping && single[key.String()] == nil && !strings.Contains(adds, name+":") {
			t.Errorf("%s: got no spec that changes it, want one", &key)
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
