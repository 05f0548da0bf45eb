// Command infer measures a network's inference package beside ONNX Runtime, which runs what the
// trainer exports, in turns and on the same cores, and prints a table of medians.
//
//	go run ./bench/infer -trainer bin/resnet32 -runtime tools/onnxtest/node_modules/onnxruntime-node
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"

	"github.com/klauspost/cpuid/v2"

	"github.com/resnetgen/resnetgen/bench/internal/turns"
)

// bench is one run.
type bench struct {
	trainer, runtime, model string
	rounds                  int
	version                 string // of ONNX Runtime
}

func main() {
	b := &bench{}
	flag.StringVar(&b.trainer, "trainer", "bin/resnet32", "the network's `trainer`")
	flag.StringVar(&b.runtime, "runtime", "tools/onnxtest/node_modules/onnxruntime-node", "the `folder` of npm's onnxruntime-node")
	flag.IntVar(&b.rounds, "rounds", 5, "`rounds` of which the median counts")
	threads := flag.Int("threads", runtime.NumCPU(), "the most `threads`; one is measured too")
	flag.Parse()
	if err := b.run(*threads); err != nil {
		fmt.Fprintln(os.Stderr, "infer:", err)
		os.Exit(1)
	}
}

func (b *bench) run(most int) (err error) {
	if b.runtime, err = filepath.Abs(b.runtime); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "infer")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // what is left is the system's to clear
	weights := filepath.Join(dir, "weights.safetensors")
	b.model = filepath.Join(dir, "model.onnx")
	for _, command := range [][]string{
		{b.trainer, "init", "--seed", "1", "--out", weights},
		{b.trainer, "export", "--format", "onnx", "--checkpoint", weights, "--out", b.model},
	} {
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%v: %w\n%s", command, err, out)
		}
	}
	var rows []row
	for _, threads := range turns.Counts(most) {
		for _, c := range []struct{ batch, calls int }{{1, 300}, {128, 9}} {
			r, err := b.measure(c.batch, c.calls, threads)
			if err != nil {
				return err
			}
			rows = append(rows, r)
		}
	}
	b.print(rows)
	return nil
}

// row is a line of the table: medians of the rounds, in milliseconds a call.
type row struct {
	threads, batch int
	ours, theirs   float64
	ratio          float64 // ours by theirs, of each round
}

// measure takes turns.
func (b *bench) measure(batch, calls, threads int) (row, error) {
	var ours, theirs, ratios []float64
	for range b.rounds {
		mine, err := b.trainerCall(batch, calls, threads)
		if err != nil {
			return row{}, err
		}
		other, err := b.runtimeCall(batch, calls, threads)
		if err != nil {
			return row{}, err
		}
		ours, theirs, ratios = append(ours, mine), append(theirs, other), append(ratios, mine/other)
	}
	return row{threads, batch, turns.Median(ours), turns.Median(theirs), turns.Median(ratios)}, nil
}

func (b *bench) trainerCall(batch, calls, threads int) (float64, error) {
	var result struct {
		StepMS struct {
			Median float64 `json:"median"`
		} `json:"step_ms"`
		Allocs float64 `json:"allocs_per_step"`
	}
	err := turns.OnCores(threads, &result, b.trainer, "bench", "--mode", "infer", "--batch", strconv.Itoa(batch), "--steps", strconv.Itoa(calls), "--threads", strconv.Itoa(threads), "--json")
	return result.StepMS.Median, err
}

func (b *bench) runtimeCall(batch, calls, threads int) (float64, error) {
	var result struct {
		Median  float64 `json:"median"`
		Version string  `json:"version"`
	}
	err := turns.OnCores(threads, &result, "node", "bench/infer/ort.mjs", b.runtime, b.model, strconv.Itoa(batch), strconv.Itoa(calls), strconv.Itoa(threads))
	b.version = result.Version
	return result.Median, err
}

func (b *bench) print(rows []row) {
	fmt.Printf("# Inference\n\n%s, %s, ONNX Runtime %s; %s; `make bench-infer`; medians of %d rounds.\n\n",
		cpuid.CPU.BrandName, runtime.Version(), b.version, filepath.Base(b.trainer), b.rounds)
	fmt.Printf("| threads | batch | ms a call | ONNX Runtime | share of its time | images/s | times its images/s |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, r := range rows {
		fmt.Printf("| %d | %d | %.3f | %.3f | %.2f | %.0f | %.2f |\n", r.threads, r.batch, r.ours, r.theirs, r.ratio, 1e3*float64(r.batch)/r.ours, 1/r.ratio)
	}
}
