package cli

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/asm/cpu"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/engine"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/rng"
)

// benchJSON is what bench --json prints.
type benchJSON struct {
	Name            string    `json:"name"`
	Mode            string    `json:"mode"`
	Batch           int       `json:"batch"`
	Threads         int       `json:"threads"`
	CPU             string    `json:"cpu"`
	ImagesPerSecond float64   `json:"images_per_second"`
	StepMS          timeStats `json:"step_ms"`
	AllocsPerStep   float64   `json:"allocs_per_step"`
	ArenaBytes      int64     `json:"arena_bytes"`
	PeakRSSBytes    int64     `json:"peak_rss_bytes"`
}

// timeStats summarizes the times of the steps.
type timeStats struct {
	Min    float64 `json:"min"`
	Median float64 `json:"median"`
	Max    float64 `json:"max"`
}

// benchFlags are what bench takes.
type benchFlags struct {
	mode         string
	batch, steps int
	json         bool
}

// maxInferred is the most images of a call that bench makes up.
const maxInferred = 1 << 14

func (a *app) benchCommand() *cobra.Command {
	f := &benchFlags{}
	c := &cobra.Command{Use: "bench", Short: "measure the speed of steps on random images, or the overhead of loading real ones", Args: cobra.NoArgs}
	a.threadsFlag(c)
	d := a.dataFlags(c)
	c.Flags().StringVar(&f.mode, "mode", "train", "train, infer, or input: training on images of --data beside a repeated batch")
	c.Flags().IntVar(&f.batch, "batch", a.Info.Batch, "images a step, at most the compiled batch; with --mode infer, images a call")
	c.Flags().IntVar(&f.steps, "steps", 10, "steps to measure, after two to warm up; with --mode input, in each of five rounds")
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
	c.RunE = func(*cobra.Command, []string) error {
		most := a.Info.Capacity
		if f.mode == "infer" {
			most = maxInferred
		}
		switch {
		case f.mode != "train" && f.mode != "infer" && f.mode != "input":
			return fmt.Errorf("--mode: got %q, want train, infer or input", f.mode)
		case f.mode != "input" && (c.Flags().Changed("data") || c.Flags().Changed("download")):
			return fmt.Errorf("--data: got it with --mode %s, want it with --mode input", f.mode)
		case f.mode == "input" && c.Flags().Changed("batch"):
			return fmt.Errorf("--batch: got it with --mode input, want the compiled batch")
		case f.batch < 1 || f.batch > most:
			return fmt.Errorf("--batch: got %d, want 1 to %d", f.batch, most)
		case f.steps < 1 || f.steps > 1_000_000:
			return fmt.Errorf("--steps: got %d, want 1 to 1000000", f.steps)
		}
		if err := a.Info.CheckTrainStep(f.batch); f.mode == "train" && err != nil {
			return fmt.Errorf("--batch: %w", err)
		}
		a.notePortable(a.note)
		switch f.mode {
		case "input":
			return a.benchInput(d, f)
		case "infer":
			return a.benchInfer(f)
		}
		return a.bench(f)
	}
	return c
}

func (a *app) bench(f *benchFlags) error {
	net, err := a.build()
	if err != nil {
		return err
	}
	defer net.Close()
	images, labels := a.randomBatch(f.batch)
	network.Initialize(net.Variables(), 1)
	step := func() { net.TrainStep(images, labels, 0.01) }
	return a.measure(f, net.Threads(), a.Info.ArenaBytes, step)
}

// benchInfer measures the inference package.
func (a *app) benchInfer(f *benchFlags) error {
	net, err := a.build()
	if err != nil {
		return err
	}
	network.Initialize(net.Variables(), 1)
	weights := &checkpoint.File{}
	for _, v := range net.Variables() {
		weights.Tensors = append(weights.Tensors, checkpoint.TensorOf(&v.VariableInfo, v.Name, v.Value))
	}
	net.Close()
	c, err := a.classifier(weights)
	if err != nil {
		return err
	}
	defer c.Close()
	images, _ := a.randomBatch(f.batch)
	logits := make([]float32, f.batch*a.Info.Classes)
	var wrong error
	workers := engine.Options{Threads: a.threads}.Workers()
	err = a.measure(f, workers, int64(workers)*a.Info.InferBytes, func() { wrong = errors.Join(wrong, c.Logits(logits, images)) })
	return errors.Join(err, wrong)
}

// measure times a step and prints what it finds.
func (a *app) measure(f *benchFlags, threads int, arena int64, step func()) error {
	for range 2 {
		step()
	}
	times := make([]float64, f.steps)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range times {
		start := time.Now()
		step()
		times[i] = time.Since(start).Seconds() * 1e3
	}
	runtime.ReadMemStats(&after)
	slices.Sort(times)
	median := (times[(f.steps-1)/2] + times[f.steps/2]) / 2
	result := benchJSON{
		Name: a.Info.Name, Mode: f.mode, Batch: f.batch, Threads: threads, CPU: cpu.String(),
		ImagesPerSecond: float64(f.batch) / median * 1e3, StepMS: timeStats{times[0], median, times[f.steps-1]},
		AllocsPerStep: float64(after.Mallocs-before.Mallocs) / float64(f.steps),
		ArenaBytes:    arena, PeakRSSBytes: peakRSS(),
	}
	if f.json {
		return a.json(result)
	}
	return a.printf("%s, %s, batch %d, %d threads: %.1f images/s\nstep %.2f ms (median; %.2f to %.2f), %g allocations\narena %s, peak memory %s\n",
		result.Name, result.Mode, result.Batch, result.Threads, result.ImagesPerSecond, median, times[0], times[f.steps-1],
		result.AllocsPerStep, humanize.IBytes(uint64(result.ArenaBytes)), humanize.IBytes(uint64(result.PeakRSSBytes)))
}

// randomBatch returns n standard normal images with random labels, always the same.
func (a *app) randomBatch(n int) ([]float32, []int32) {
	stream := rng.New(1, "bench")
	images := make([]float32, n*a.Info.Input[0]*a.Info.Input[1]*a.Info.Input[2])
	for i := range images {
		images[i] = float32(stream.NormFloat64())
	}
	labels := make([]int32, n)
	for i := range labels {
		labels[i] = int32(stream.IntN(a.Info.Classes))
	}
	return images, labels
}
