// Package classify holds what programs need of a trained network: the interface of a model that
// computes logits, the softmax, and the most probable classes.
package classify

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/resnetgen/resnetgen/asm/f32"
)

// Model classifies. Any number of goroutines may use it.
type Model interface {
	// Logits writes the logits [n][classes] of n standardized images [n][height][width][channels]
	// to dst, for any n. It returns an error if the lengths do not fit.
	Logits(dst, images []float32) error
	// Close frees the model's resources after the calls in progress. Later calls are errors.
	Close()
}

// LoadedModel is a model with the checkpoint that it was loaded from.
type LoadedModel struct {
	Model
	File    string   // the checkpoint's path
	Step    int      // of the training that wrote it
	Classes []string // a name for each class
}

// Prediction is a class with its probability.
type Prediction struct {
	Class       string  `json:"class"`
	Index       int     `json:"index"`
	Probability float32 `json:"probability"`
}

// Names returns a name for each class: its label, or "class N" without one.
func Names(labels []string, classes int) []string {
	names := make([]string, classes)
	for i := range names {
		names[i] = fmt.Sprintf("class %d", i)
	}
	copy(names, labels)
	return names
}

// Softmax computes the probabilities exp(zᵢ−max)/Σexp(zⱼ−max) of an image's logits, which may be
// dst, and returns the most probable class: of several the first. The exponentials are those of the
// training's loss, the same bits on every machine.
func Softmax(dst, logits []float32) (class int) {
	highest := slices.Max(logits)
	class = slices.Index(logits, highest)
	f32.ExpSub(dst, logits, highest)
	sum := float32(0)
	for _, p := range dst {
		sum += p
	}
	for i := range dst {
		dst[i] /= sum
	}
	return max(class, 0)
}

// Top returns the n most probable classes of an image, or all if there are fewer; of equals the
// lower index comes first.
func Top(logits []float32, names []string, n int) []Prediction {
	probabilities := make([]float32, len(logits))
	Softmax(probabilities, logits)
	all := make([]Prediction, len(logits))
	for i, p := range probabilities {
		all[i] = Prediction{names[i], i, p}
	}
	// Logits differ where their probabilities are rounded to the same number.
	slices.SortStableFunc(all, func(x, y Prediction) int { return cmp.Compare(logits[y.Index], logits[x.Index]) })
	return all[:min(n, len(all))]
}

// Check returns an error that names the first class whose logit, of one image or of several, is no
// number.
func Check(logits []float32, names []string) error {
	for i, z := range logits {
		if math.IsNaN(float64(z)) || math.IsInf(float64(z), 0) {
			return fmt.Errorf("got %g for %s, want a finite number: the checkpoint's training has diverged", z, names[i%len(names)])
		}
	}
	return nil
}
