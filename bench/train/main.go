// Command train measures the training step of the networks of bench/specs beside PyTorch's, in
// turns and on the same cores, and prints a table of medians.
//
//	go run ./bench/train
//
// It takes the trainers from the folder that `make bench` builds them in, and python with PyTorch
// from -python.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/cpuid/v2"

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
	counts := []int{1}
	if most > 1 {
		counts = append(counts, most)
	}
	for _, path := range specs {
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		net, err := spec.Parse(path, source)
		if err != nil {
			return err
		}
		for _, threads := range counts {
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
		speed, err := onCores(threads, filepath.Join(b.trainers, net.Name),
			"bench", "--steps", "5", "--threads", strconv.Itoa(threads), "--json")
		if err != nil {
			return err
		}
		other, err := onCores(threads, b.python, peerArguments(net, threads)...)
		if err != nil {
			return err
		}
		ours, peer, ratios = append(ours, speed), append(peer, other), append(ratios, speed/other)
	}
	fmt.Printf("| %s | %d | %d | %.4g | %.4g | %.2f |\n", net.Name, net.Train.Batch, threads, median(ours), median(peer), median(ratios))
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

// allocator tells glibc to keep memory instead of giving it back after every step: PyTorch spends
// up to three quarters of its time on page faults otherwise, where a virtual machine makes them
// dear. Our trainers do not use it.
var allocator = []string{"MALLOC_MMAP_THRESHOLD_=2000000000", "MALLOC_TRIM_THRESHOLD_=4000000000", "MALLOC_TOP_PAD_=1000000000"}

// onCores runs a program on the first cores and returns the images a second that it prints as JSON.
func onCores(cores int, program string, arguments ...string) (float64, error) {
	command := exec.Command("taskset", append([]string{"-c", fmt.Sprintf("0-%d", cores-1), program}, arguments...)...)
	command.Env = append(os.Environ(), allocator...)
	var errors bytes.Buffer
	command.Stderr = &errors
	out, err := command.Output()
	if err != nil {
		return 0, fmt.Errorf("%s: %w: %s", program, err, strings.TrimSpace(errors.String()))
	}
	var result struct {
		ImagesPerSecond float64 `json:"images_per_second"`
	}
	if err := json.Unmarshal(out, &result); err != nil {
		return 0, fmt.Errorf("%s: %w", program, err)
	}
	return result.ImagesPerSecond, nil
}

func median(samples []float64) float64 { return slices.Sorted(slices.Values(samples))[len(samples)/2] }
