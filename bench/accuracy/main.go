// Command accuracy trains a network in two ways from the same seeds, and compares their accuracies
// on Fashion-MNIST's test set:
//
//	go run ./bench/accuracy            # direct and Winograd's convolutions
//	go run ./bench/accuracy -pytorch   # the paper's ResNet-20, and its twin in PyTorch
//
// The algorithm must not cost more accuracy than a bound, in the mean. Trainer and twin draw other
// random numbers: their means must differ by no more than one of them does between its seeds.
//
// It takes the trainers from the folder that `make test-accuracy` or `make test-twin` builds them
// in. It exits 1 where the means are too far apart.
package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
)

// bound is how far the mean accuracies of two algorithms may be apart, in points: percent of the
// test set.
const bound = 0.3

// length is how long a training is.
type length struct {
	epochs, steps int // steps in place of epochs, if positive
}

// way is one of the two that are compared.
type way struct {
	name  string
	train func(length, int) (percent float64, err error) // takes a seed, returns the accuracy at the end
}

func main() {
	trainers := flag.String("trainers", "bin/bench", "the `folder` of the trainers")
	pytorch := flag.Bool("pytorch", false, "compare the paper's ResNet-20 with its twin in PyTorch")
	var l length
	flag.IntVar(&l.epochs, "epochs", 5, "`epochs` of each training")
	flag.IntVar(&l.steps, "steps", 0, "`steps` of each training in place of epochs, if positive")
	seeds := flag.Int("seeds", 3, "the seeds are 1 to `N`")
	flag.Parse()

	ways := [2]way{trainerWay("direct", filepath.Join(*trainers, "accuracy_direct")), trainerWay("winograd", filepath.Join(*trainers, "accuracy_winograd"))}
	judge := withinBound
	if *pytorch {
		ways = [2]way{trainerWay("resnetgen", filepath.Join(*trainers, "accuracy_paper")), {"pytorch", trainTwin}}
		judge = withinSpread
	}
	percents, err := run(ways, l, *seeds)
	if err != nil {
		fmt.Fprintln(os.Stderr, "accuracy:", err)
		os.Exit(2)
	}
	text, within := judge(ways, percents)
	fmt.Println(text)
	if !within {
		os.Exit(1)
	}
}

// run trains with each seed in both ways, one after the other, and returns the accuracies of each
// way in percent.
func run(ways [2]way, l length, seeds int) (percents [2][]float64, err error) {
	if seeds < 1 {
		return percents, fmt.Errorf("-seeds: got %d, want 1 or more", seeds)
	}
	for seed := 1; seed <= seeds; seed++ {
		for i, w := range ways {
			percent, err := w.train(l, seed)
			if err != nil {
				return percents, fmt.Errorf("%s, seed %d: %w", w.name, seed, err)
			}
			fmt.Printf("seed %d, %s: test accuracy %.2f %%\n", seed, w.name, percent)
			percents[i] = append(percents[i], percent)
		}
	}
	return percents, nil
}

// withinBound is the last line, and whether the means are as close as the constant demands.
func withinBound(ways [2]way, percents [2][]float64) (text string, within bool) {
	return verdict(ways, percents, bound, "")
}

// withinSpread is the last line, and whether the means are as close as the seeds of a way are, the
// highest and the lowest of which count.
func withinSpread(ways [2]way, percents [2][]float64) (text string, within bool) {
	spread := 0.0
	for _, p := range percents {
		spread = max(spread, slices.Max(p)-slices.Min(p))
	}
	return verdict(ways, percents, spread, ", the spread of the seeds")
}

// verdict says whether the means are no further apart than the limit, and what that is.
func verdict(ways [2]way, percents [2][]float64, limit float64, what string) (text string, within bool) {
	means := [2]float64{mean(percents[0]), mean(percents[1])}
	difference := means[1] - means[0]
	within = math.Abs(difference) <= limit
	word := map[bool]string{true: "within", false: "beyond"}[within]
	return fmt.Sprintf("mean test accuracy: %s %.2f %%, %s %.2f %%, difference %+.2f points: %s %.2g%s",
		ways[0].name, means[0], ways[1].name, means[1], difference, word, limit, what), within
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
