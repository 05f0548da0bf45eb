package eval

import (
	"math"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/nn"
	"github.com/resnetgen/resnetgen/runtime/train/recipe"
)

// TestEvaluateViews compares with the definition: a softmax regression's mean over views is what it
// makes of their mean.
func TestEvaluateViews(t *testing.T) {
	net, set := fakenet.New(network.Options{}), fakenet.Images(13, 5)
	network.Initialize(net.Variables(), 3)
	info := fakenet.Info
	for _, views := range []recipe.Views{{Flip: true}, {Shift: 1}, {Flip: true, Shift: 2}} {
		for _, smoothing := range []float64{0, 0.2} {
			info.LabelSmoothing = smoothing
			got, logits, err := Evaluate(t.Context(), views, &info, net, set)
			if err != nil {
				t.Fatal(err)
			}
			loss, correct := 0.0, 0
			gradient := make([]float32, fakenet.Classes)
			for i := range set.Len() {
				mean, weights, one := make([]float32, set.Size()), float32(0), make([]float32, set.Size())
				for top := -views.Shift; top <= views.Shift; top++ {
					for left := -views.Shift; left <= views.Shift; left++ {
						weight := float32((views.Shift + 1 - int(math.Abs(float64(top)))) * (views.Shift + 1 - int(math.Abs(float64(left)))))
						for mirrored := range map[bool]bool{false: true, views.Flip: true} {
							set.View(one, i, top, left, mirrored)
							weights += weight
							for p, v := range one {
								mean[p] += weight * v
							}
						}
					}
				}
				for p := range mean {
					mean[p] /= weights
				}
				own, hit := nn.SmoothedCrossEntropy(gradient, net.Logits(mean), set.Labels[i], smoothing, 1)
				loss += own / float64(set.Len())
				if hit {
					correct++
				}
				for c, z := range net.LastLogits() { // the mean of roundings is not the rounding of the mean
					if z := float64(z - logits[i*fakenet.Classes+c]); math.Abs(z) > 1e-5 {
						t.Errorf("image %d, logit %d: got off by %g, want at most 1e-5", i, c, z)
					}
				}
			}
			if math.Abs(got.CrossEntropy-loss) > 1e-5 || got.Correct != correct || got.Images != set.Len() {
				t.Errorf("%+v, smoothing %g: got %+v, want cross entropy %g and %d correct", views, smoothing, got, loss, correct)
			}
		}
	}
	want, _ := EvaluateSet(t.Context(), nil, set, info.EvalBatch, info.Classes, NewPlainEvaluator(net, set, info.EvalBatch), Discard)
	if plain, _, err := Evaluate(t.Context(), recipe.Views{}, &info, net, set); err != nil || plain != want {
		t.Errorf("one view: got %+v, want %+v as without views", plain, want)
	}
	if n := len((recipe.Views{Flip: true, Shift: 2}).List()); n != 50 {
		t.Errorf("got %d views, want 50", n)
	}
}
