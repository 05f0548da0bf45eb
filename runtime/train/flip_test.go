package train

import (
	"math"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/nn"
)

// TestEvaluateFlipped compares with the definition: a softmax regression's mean over an image and its mirror is what it
// makes of the mean of both.
func TestEvaluateFlipped(t *testing.T) {
	net, set := fakenet.New(nn.Options{}), testSet(13, 5)
	nn.Initialize(net.Variables(), 3)
	info := fakenet.Info
	for _, smoothing := range []float64{0, 0.2} {
		info.Smoothing = smoothing
		got, logits := EvaluateAs(true, &info, net, set)
		loss, correct := 0.0, 0
		gradient := make([]float32, fakenet.Classes)
		for i := range set.Len() {
			image, mirror := make([]float32, set.Size()), make([]float32, set.Size())
			set.Eval(image, i)
			for p := range image {
				row, column := p/fakenet.Width, p%fakenet.Width
				mirror[row*fakenet.Width+fakenet.Width-1-column] = image[p]
			}
			for p := range image {
				image[p] = (image[p] + mirror[p]) / 2
			}
			own, hit := nn.SmoothedCrossEntropy(gradient, net.Logits(image), set.Labels[i], smoothing, 1)
			loss += own / float64(set.Len())
			if hit {
				correct++
			}
			for c, z := range net.LastLogits() { // the mean of two roundings is not the rounding of the mean
				if z := float64(z - logits[i*fakenet.Classes+c]); math.Abs(z) > 1e-5 {
					t.Errorf("image %d, logit %d: got off by %g, want at most 1e-5", i, c, z)
				}
			}
		}
		if math.Abs(got.CrossEntropy-loss) > 1e-6 || got.Correct != correct || got.Images != set.Len() {
			t.Errorf("smoothing %g: got %+v, want cross entropy %g and %d correct", smoothing, got, loss, correct)
		}
	}
	if plain, _ := EvaluateAs(false, &info, net, set); plain != Evaluate(net, set, info.EvalBatch) {
		t.Errorf("without flip: got %+v, want what Evaluate says", plain)
	}
}
