package eval

import (
	"math"
	"slices"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
)

// TestTest holds the confusion matrix and the worst mistakes, of logits that tie and that do not.
func TestTest(t *testing.T) {
	set := fakenet.Images(6, 1)
	r := NewTest(set, 3)
	r.Add(0, []int32{0, 1}, []float32{1, 1, 0, 2, 1, 0})                         // right by the tie; a mistake by 1
	r.Add(2, []int32{2, 0, 1, 2}, []float32{9, 0, 0, 9, 0, 0, 0, 1, 0, 0, 3, 0}) // a mistake by 9; right; right; by 3
	if want := []int{2, 0, 0, 1, 1, 0, 1, 1, 0}; !slices.Equal(r.Confusion, want) {
		t.Errorf("got confusion %v, want %v", r.Confusion, want)
	}
	var images []int
	for _, m := range r.Mistakes {
		images = append(images, m.Image)
	}
	if !slices.Equal(images, []int{2, 5, 1}) {
		t.Errorf("got mistakes %v, want images 2, 5, 1: the worst first", images)
	}
	sum := math.Exp(0) + math.Exp(-1) + math.Exp(-2)
	last := r.Mistakes[2]
	if last.Label != 1 || last.Predicted != 0 || math.Abs(last.Confidence-1/sum) > 1e-12 || math.Abs(last.CrossEntropy-(1+math.Log(sum))) > 1e-12 {
		t.Errorf("got %+v, want label 1 taken for 0, confidence %g, cross entropy %g", last, 1/sum, 1+math.Log(sum))
	}
	for i := range 2 * mistakesKept {
		r.Add(i, []int32{1}, []float32{float32(i), 0, 0})
	}
	if len(r.Mistakes) != mistakesKept || r.Mistakes[0].Image != 2*mistakesKept-1 {
		t.Errorf("got %d mistakes, the worst of image %d, want %d and %d", len(r.Mistakes), r.Mistakes[0].Image, mistakesKept, 2*mistakesKept-1)
	}
}

// TestClassNames holds that classes without a name go by number.
func TestClassNames(t *testing.T) {
	if got := ClassNames([]string{"a", "b"}, 3); !slices.Equal(got, []string{"a", "b", "2"}) {
		t.Errorf("got %q", got)
	}
}
