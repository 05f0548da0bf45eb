package main

import (
	"fmt"
	"math"
)

// outputs are what a network makes of the test images.
type outputs struct {
	logits          [][]float32
	guesses         []int
	classes         int // how many classes there are among the guesses
	imagesPerSecond float64
	failures        []string
}

func newOutputs(logits []float32, classes int) *outputs {
	o := &outputs{}
	seen := make([]bool, classes)
	for ; len(logits) > 0; logits = logits[classes:] {
		row := logits[:classes]
		guess := 0
		for c, z := range row {
			if z > row[guess] { // ties: the lowest index
				guess = c
			}
		}
		if !seen[guess] {
			seen[guess] = true
			o.classes++
		}
		o.logits, o.guesses = append(o.logits, row), append(o.guesses, guess)
	}
	return o
}

func (o *outputs) accuracy(labels []int32) float64 {
	right := 0
	for i, guess := range o.guesses {
		if guess == int(labels[i]) {
			right++
		}
	}
	return float64(right) / float64(len(labels))
}

// checkProbabilities holds probabilities to the softmax of the logits, within 1e-5: a float32
// softmax of ten logits has some ten roundings, and its exponential a few more.
func (o *outputs) checkProbabilities(got []float32) {
	worst := 0.0
	for i, row := range o.logits {
		sum := 0.0
		for _, z := range row {
			sum += math.Exp(float64(z - row[o.guesses[i]]))
		}
		for c, z := range row {
			off := math.Abs(float64(got[i*len(row)+c]) - math.Exp(float64(z-row[o.guesses[i]]))/sum)
			worst = max(worst, off) // NaN stays
		}
	}
	if !(worst <= 1e-5) {
		o.failures = append(o.failures, fmt.Sprintf("got probabilities off by %g, want at most 1e-5", worst))
	}
}

// The bounds of a comparison.
const (
	maxShare    = 1e-3 // of the largest logit
	maxChanging = 1    // images of another class, in 10,000
)

// comparison is how two outputs differ.
type comparison struct {
	images, same        int
	largest, difference float64 // of the logits' absolute values
}

func compare(got, want *outputs) comparison {
	c := comparison{images: len(want.logits)}
	for i, row := range want.logits {
		if got.guesses[i] == want.guesses[i] {
			c.same++
		}
		for k, z := range row {
			c.largest = max(c.largest, math.Abs(float64(z)))
			c.difference = max(c.difference, math.Abs(float64(got.logits[i][k])-float64(z))) // NaN stays
		}
	}
	return c
}

// failures lists what is out of bounds.
func (c comparison) failures() (bad []string) {
	if !(c.difference <= maxShare*c.largest) {
		bad = append(bad, fmt.Sprintf("got logits off by %g, want at most %g", c.difference, maxShare*c.largest))
	}
	if changing := c.images - c.same; changing*10_000 > maxChanging*c.images {
		bad = append(bad, fmt.Sprintf("got another class for %d images, want at most %d in 10,000", changing, maxChanging))
	}
	return bad
}
