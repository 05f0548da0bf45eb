// Command train measures the training step of the networks of bench/specs beside PyTorch's, in
// turns and on the same cores, and prints a table of medians.
//
//	go run ./bench/train
//
// It takes the trainers from the folder that `make bench` builds them in, and python with PyTorch
// from -python.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/klauspost/cpuid/v2"

	"github.com/resnetgen/resnetgen/bench/internal/turns"
	"github.com/resnetgen/resnetgen/spec"
)

// bench is one run.
type bench struct {
	trainers, python string
	rounds           int
}

func main() {
	b := &bench{}
	flag.StringVar(&b.trainers, "trainers", "bin/bench", "the `folder` of the trainers")
	flag.StringVar(&b.python, "python", "/usr/bin/python3", "the `python` that has PyTorch")
	flag.IntVar(&b.rounds, "rounds", 3, "`rounds` of which the median counts")
	threads := flag.Int("threads", runtime.NumCPU(), "the most `threads`; one is measured too")
	flag.Parse()
	if err := b.run(flag.Args(), *threads); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

func (b *bench) run(specs []string, most int) error {
	version, err := exec.Command(b.python, "-c", "import torch; print(torch.__version__)").Output()
	if err != nil {
		return fmt.Errorf("%s: PyTorch: %w", b.python, err)
	}
	fmt.Printf("# Training steps\n\n%s, %s, PyTorch %s with oneDNN, its memory kept by the allocator; `make bench`; medians of %d rounds.\n\n",
		cpuid.CPU.BrandName, runtime.Version(), strings.TrimSpace(string(version)), b.rounds)
	fmt.Printf("| network | batch | threads | images/s | PyTorch | over PyTorch |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, path := range specs {
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		net, err := spec.Parse(path, source)
		if err != nil {
			return err
		}
		for _, threads := range turns.Counts(most) {
			if err := b.network(net, threads); err != nil {
				return fmt.Errorf("%s: %w", net.Name, err)
			}
		}
	}
	return nil
}

// network measures one network on so many threads, and prints its row.
func (b *bench) network(net *spec.Net, threads int) error {
	var ours, peer, ratios []float64
	for range b.rounds {
		speed, err := imagesPerSecond(threads, filepath.Join(b.trainers, net.Name),
			"bench", "--steps", "5", "--threads", strconv.Itoa(threads), "--json")
		if err != nil {
			return err
		}
		other, err := imagesPerSecond(threads, b.python, peerArguments(net, threads)...)
		if err != nil {
			return err
		}
		ours, peer, ratios = append(ours, speed), append(peer, other), append(ratios, speed/other)
	}
	fmt.Printf("| %s | %d | %d | %.4g | %.4g | %.2f |\n", net.Name, net.Train.Batch, threads, turns.Median(ours), turns.Median(peer), turns.Median(ratios))
	return nil
}

func peerArguments(net *spec.Net, threads int) []string {
	arguments := []string{
		"bench/pytorch/peer.py", "--filters", list(net.Filters), "--strides", list(net.Strides), "--units", strconv.Itoa(net.Units[0]),
		"--batch", strconv.Itoa(net.Train.Batch), "--threads", strconv.Itoa(threads),
	}
	if net.Bottleneck {
		arguments = append(arguments, "--bottleneck")
	}
	return arguments
}

func list(numbers []int) string {
	return strings.Trim(strings.Join(strings.Fields(fmt.Sprint(numbers)), ","), "[]")
}

// imagesPerSecond runs a program on the first cores and returns the speed that it prints.
func imagesPerSecond(cores int, program string, arguments ...string) (float64, error) {
	var result struct {
		ImagesPerSecond float64 `json:"images_per_second"`
	}
	err := turns.OnCores(cores, &result, program, arguments...)
	return result.ImagesPerSecond, err
}
