// Command imagenet measures networks for photos of 224 pixels beside other frameworks, in turns and
// on the same cores: training beside PyTorch, inference beside ONNX Runtime and OpenVINO. It prints
// tables of medians.
//
//	go run ./bench/imagenet
//
// It takes the trainers from the folder that `make bench-imagenet` builds them in, and a Python
// with the packages of bench/peers/requirements.txt from -python.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/klauspost/cpuid/v2"

	"github.com/resnetgen/resnetgen/bench/internal/turns"
)

// bench is one run.
type bench struct {
	trainers, python, models string
	rounds                   int
	counts                   []int             // of threads
	versions                 map[string]string // of the peers
}

func main() {
	b := &bench{versions: map[string]string{}}
	flag.StringVar(&b.trainers, "trainers", "bin/bench", "the `folder` of the trainers")
	flag.StringVar(&b.python, "python", "bin/peers/bin/python", "the `python` that has the peers: make peers")
	flag.StringVar(&b.models, "models", "runs/imagenet", "the `folder` for the peers' models")
	flag.IntVar(&b.rounds, "rounds", 3, "`rounds` of which the median counts")
	networks := flag.String("networks", "resnet18,resnet50", "the `networks`, with commas")
	threads := flag.Int("threads", runtime.NumCPU(), "the most `threads`; one is measured too")
	flag.Parse()
	b.counts = turns.Counts(*threads)
	if err := b.run(strings.Split(*networks, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "imagenet:", err)
		os.Exit(1)
	}
}

func (b *bench) run(networks []string) error {
	fmt.Printf("# Photos of 224 pixels\n\n%s, %s; `make bench-imagenet`; medians of %d rounds in turns. The peers' allocator keeps its\nmemory (MALLOC_MMAP_THRESHOLD_, MALLOC_TRIM_THRESHOLD_, MALLOC_TOP_PAD_). Inference is float32 everywhere.\n",
		cpuid.CPU.BrandName, runtime.Version(), b.rounds)
	if err := b.training(networks); err != nil {
		return err
	}
	if err := b.inference(networks); err != nil {
		return err
	}
	fmt.Printf("\nPyTorch %s, ONNX Runtime %s, OpenVINO %s.\n", b.versions["torch"], b.versions["onnxruntime"], b.versions["openvino"])
	return nil
}

// training prints a table of steps of 32 images.
func (b *bench) training(networks []string) error {
	const batch = 32
	fmt.Printf("\n| training, batch %d | threads | images/s | PyTorch | over PyTorch | peak memory | PyTorch's |\n|%s\n", batch, strings.Repeat(" --- |", 7))
	for _, network := range networks {
		for _, threads := range b.counts {
			samples, err := b.inTurns([]contender{b.ours(network, "train", batch, 3), b.peer("torch", network, batch, 3)}, threads)
			if err != nil {
				return fmt.Errorf("%s: %w", network, err)
			}
			ours, torch := samples[0], samples[1]
			fmt.Printf("| %s | %d | %.4g | %.4g | %.2f | %s | %s |\n", network, threads, ours.imagesPerSecond(batch), torch.imagesPerSecond(batch), ours.speedup(torch), ours.peak(), torch.peak())
		}
	}
	return nil
}

// inference prints a table of calls of one image and of 32.
func (b *bench) inference(networks []string) error {
	fmt.Printf("\n| inference | batch | threads | ms a call | ONNX Runtime | OpenVINO | share of the faster's time | images/s | peak memory | ONNX Runtime's | OpenVINO's |\n|%s\n", strings.Repeat(" --- |", 11))
	for _, network := range networks {
		if err := b.export(network); err != nil {
			return err
		}
		for _, batch := range []int{1, 32} {
			steps := max(5, 40/batch)
			for _, threads := range b.counts {
				samples, err := b.inTurns([]contender{b.ours(network, "infer", batch, steps), b.peer("onnxruntime", network, batch, steps), b.peer("openvino", network, batch, steps)}, threads)
				if err != nil {
					return fmt.Errorf("%s: %w", network, err)
				}
				ours, ort, ov := samples[0], samples[1], samples[2]
				faster := ort
				if ov.median() < ort.median() {
					faster = ov
				}
				fmt.Printf("| %s | %d | %d | %.4g | %.4g | %.4g | %.2f | %.4g | %s | %s | %s |\n", network, batch, threads, ours.median(), ort.median(), ov.median(),
					1/ours.speedup(faster), ours.imagesPerSecond(batch), ours.peak(), ort.peak(), ov.peak())
			}
		}
	}
	return nil
}

// measurement is what a program prints of its steps.
type measurement struct {
	milliseconds float64
	peakBytes    uint64
}

// contender measures on so many threads.
type contender func(threads int) (measurement, error)

// samples are a contender's measurements, by round.
type samples []measurement

// inTurns measures all contenders in each round.
func (b *bench) inTurns(contenders []contender, threads int) ([]samples, error) {
	all := make([]samples, len(contenders))
	for range b.rounds {
		for i, measure := range contenders {
			m, err := measure(threads)
			if err != nil {
				return nil, err
			}
			all[i] = append(all[i], m)
		}
	}
	return all, nil
}

func (s samples) median() float64 {
	var times []float64
	for _, m := range s {
		times = append(times, m.milliseconds)
	}
	return turns.Median(times)
}

func (s samples) imagesPerSecond(batch int) float64 { return 1e3 * float64(batch) / s.median() }

// speedup is the median over the rounds of the other's time in ours.
func (s samples) speedup(other samples) float64 {
	var ratios []float64
	for i, m := range s {
		ratios = append(ratios, other[i].milliseconds/m.milliseconds)
	}
	return turns.Median(ratios)
}

// peak is the largest memory of a round.
func (s samples) peak() string {
	most := uint64(0)
	for _, m := range s {
		most = max(most, m.peakBytes)
	}
	return humanize.IBytes(most)
}

func (b *bench) ours(network, mode string, batch, steps int) contender {
	return func(threads int) (measurement, error) {
		var result struct {
			StepMS struct {
				Median float64 `json:"median"`
			} `json:"step_ms"`
			PeakRSSBytes uint64 `json:"peak_rss_bytes"`
		}
		err := turns.OnCores(threads, &result, filepath.Join(b.trainers, network), "bench", "--mode", mode,
			"--batch", strconv.Itoa(batch), "--steps", strconv.Itoa(steps), "--threads", strconv.Itoa(threads), "--json")
		return measurement{result.StepMS.Median, result.PeakRSSBytes}, err
	}
}

func (b *bench) peer(engine, network string, batch, steps int) contender {
	return func(threads int) (measurement, error) {
		var result struct {
			Version      string  `json:"version"`
			Milliseconds float64 `json:"milliseconds"`
			PeakBytes    uint64  `json:"peak_bytes"`
		}
		err := turns.OnCores(threads, &result, b.python, "bench/imagenet/peer.py", engine, network, "--model", b.model(network),
			"--batch", strconv.Itoa(batch), "--steps", strconv.Itoa(steps), "--threads", strconv.Itoa(threads))
		b.versions[engine] = result.Version
		return measurement{result.Milliseconds, result.PeakBytes}, err
	}
}

func (b *bench) model(network string) string { return filepath.Join(b.models, network+".onnx") }

// export has PyTorch write the model that the peers infer.
func (b *bench) export(network string) error {
	if _, err := os.Stat(b.model(network)); err == nil {
		return nil
	}
	if err := os.MkdirAll(b.models, 0o755); err != nil {
		return err
	}
	return turns.OnCores(1, &struct{}{}, b.python, "bench/imagenet/peer.py", "export", network, "--model", b.model(network))
}
