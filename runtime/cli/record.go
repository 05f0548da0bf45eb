package cli

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/resnetgen/resnetgen/asm/cpu"
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/internal/durable"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train"
	"github.com/resnetgen/resnetgen/runtime/train/eval"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// recorder keeps in a run's folder what was trained, and how: the spec, the flags, the machine, and
// the log.
type recorder struct {
	*journal
	spec       string
	flags      map[string]string
	machine    machine
	total      int
	throughput train.Throughput
}

// machine is what a run's speed depends on; its results do not.
type machine struct {
	CPU       string       `json:"cpu"`
	Kernels   []f32.Kernel `json:"kernels"`
	Cores     int          `json:"cores"`
	Threads   int          `json:"threads"`
	Go        string       `json:"go"`
	System    string       `json:"system"`
	Generator string       `json:"generator"`
}

func (a *app) machine(threads int) machine {
	return machine{
		CPU: cpu.String(), Kernels: f32.Kernels(), Cores: runtime.NumCPU(), Threads: threads,
		Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH, Generator: a.Info.Generator,
	}
}

// Name is what messages call the recorder.
func (r *recorder) Name() string { return runs.LogFile }

// Watch writes the files that stay the same. A run continues without them.
func (r *recorder) Watch(v *train.RunView) error {
	path := func(name string) string { return filepath.Join(string(v.Out), name) }
	if r.spec != "" {
		r.outputs.Try("spec.yaml", func() error { return writeFile(path("spec.yaml"), []byte(r.spec)) })
	}
	for name, value := range map[string]any{runs.FlagsJSON: r.flags, runs.MachineFile: r.machine} {
		r.outputs.Try(name, func() error {
			text, err := json.MarshalIndent(value, "", "  ")
			if err != nil {
				return fmt.Errorf("write %s: %w", name, err)
			}
			return writeFile(path(name), append(text, '\n'))
		})
	}
	r.outputs.Try(runs.LogFile, func() error { return r.file.open(path(runs.LogFile)) })
	return nil
}

func writeFile(path string, data []byte) error {
	if err := durable.WriteFile(path, data); err != nil {
		return fmt.Errorf("write run: %w", err)
	}
	return nil
}

// Start is a train.Progress's, as are the methods below.
func (r *recorder) Start(done, total, perEpoch int) {
	r.total = total
	r.event("start", "step", done, "steps", total, "steps_per_epoch", perEpoch, "flags", r.flags, "machine", r.machine)
}

func (r *recorder) Step(_ int, m network.Metrics, _ float64, took time.Duration) {
	r.throughput.Add(m.Images, took)
}

func (r *recorder) Tested(int, *eval.Test) {}

func (r *recorder) Evaluated(step, epoch int, m network.Metrics, best bool) {
	said := slices.Concat([]any{"step", step, "steps", r.total, "epoch", epoch}, accuracyEntries("", m.Accuracy()),
		[]any{"best", best, "cross_entropy", m.CrossEntropy, "loss", m.Loss})
	if r.throughput.Elapsed() > 0 { // 0 if a resumed run starts with an evaluation
		said = append(said, "images_per_second", r.throughput.Rate())
	}
	r.event("evaluated", said...)
}

func (r *recorder) Stop() {}
