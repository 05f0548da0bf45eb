package eval

import (
	"fmt"
	"math"
	"slices"

	"github.com/resnetgen/resnetgen/runtime/dataset"
)

// Test is how the images of a set fared in an evaluation.
type Test struct {
	Set       *dataset.Set
	Classes   int
	Confusion []int     // [label][guess], Classes × Classes: numbers of images
	Mistakes  []Mistake // the worst first, at most [mistakesKept]
}

// Mistake is an image that was taken for another class.
type Mistake struct {
	Image            int // its index in the set
	Label, Predicted int
	Confidence       float64 // the probability of the guess
	CrossEntropy     float64 // what ranks mistakes: −log of the label's probability
}

// mistakesKept is how many images a Test remembers: some of each class, as many as a page shows at
// once.
const mistakesKept = 24

// NewTest returns a test that nothing was counted of yet.
func NewTest(set *dataset.Set, classes int) *Test {
	return &Test{Set: set, Classes: classes, Confusion: make([]int, classes*classes)}
}

// Add counts images of the set from an index on, by their logits, [n, Classes].
func (t *Test) Add(first int, labels []int32, logits []float32) {
	for i, label := range labels {
		row := logits[i*t.Classes:][:t.Classes]
		guess := 0
		for c, z := range row {
			if z > row[guess] { // ties: the lowest index
				guess = c
			}
		}
		t.Confusion[int(label)*t.Classes+guess]++
		if guess != int(label) {
			t.mistake(first+i, int(label), guess, row)
		}
	}
}

// mistake keeps an image if it is among the worst so far.
func (t *Test) mistake(image, label, guess int, logits []float32) {
	sum := 0.0
	for _, z := range logits {
		sum += math.Exp(float64(z - logits[guess]))
	}
	m := Mistake{
		Image: image, Label: label, Predicted: guess, Confidence: 1 / sum,
		CrossEntropy: math.Log(sum) + float64(logits[guess]-logits[label]),
	}
	at, _ := slices.BinarySearchFunc(t.Mistakes, m, func(a, b Mistake) int {
		if a.CrossEntropy >= b.CrossEntropy {
			return -1
		}
		return 1
	})
	if at < mistakesKept {
		t.Mistakes = slices.Insert(t.Mistakes, at, m)
		t.Mistakes = t.Mistakes[:min(len(t.Mistakes), mistakesKept)]
	}
}

// ClassNames returns a name for each of n classes: its own, else its number.
func ClassNames(known []string, n int) []string {
	names := make([]string, n)
	for i := copy(names, known); i < n; i++ {
		names[i] = fmt.Sprint(i)
	}
	return names
}
