package nn

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestCrossEntropy compares the loss with float64 within the error of the kernels' exp and log, and
// the gradient within a float32's rounding.
func TestCrossEntropy(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		n := 2 + r.IntN(30)
		logits, label := make([]float32, n), int32(r.IntN(n))
		sum, highest := 0.0, math.Inf(-1)
		for i := range logits {
			logits[i] = float32(r.NormFloat64() * 10)
			highest = max(highest, float64(logits[i]))
		}
		for _, z := range logits {
			sum += math.Exp(float64(z) - highest)
		}
		gradient := nans(n)
		loss, correct := CrossEntropy(gradient, logits, label, 0.25)
		want := math.Log(sum) + highest - float64(logits[label])
		if d := math.Abs(loss - want); d > 1e-6*(1+math.Abs(want)) {
			t.Fatalf("loss: got %g, want %g", loss, want)
		}
		if wantCorrect := float64(logits[label]) == highest; correct != wantCorrect {
			t.Fatalf("correct: got %v, want %v", correct, wantCorrect)
		}
		for i, g := range gradient {
			p := math.Exp(float64(logits[i])-highest) / sum
			if int32(i) == label {
				p--
			}
			if d := math.Abs(float64(g) - p/4); d > 1e-6 {
				t.Fatalf("gradient[%d]: got %g, want %g", i, g, p/4)
			}
		}
	}
}

// TestCrossEntropyTie holds that the lowest index wins, and extreme logits give finite results.
func TestCrossEntropyTie(t *testing.T) {
	g := nans(3)
	if _, correct := CrossEntropy(g, []float32{1, 7, 7}, 2, 1); correct {
		t.Error("label 2 of a tie between 1 and 2: got correct, want not")
	}
	if _, correct := CrossEntropy(g, []float32{1, 7, 7}, 1, 1); !correct {
		t.Error("label 1 of a tie between 1 and 2: got wrong, want correct")
	}
	loss, _ := CrossEntropy(g, []float32{3e38, -3e38, 0}, 1, 1)
	if math.IsInf(loss, 0) || math.IsNaN(loss) || g[0] != 1 || g[1] != -1 || g[2] != 0 {
		t.Errorf("extreme logits: got loss %g and gradient %v, want a finite loss and 1, -1, 0", loss, g)
	}
}

// TestSmoothedCrossEntropy compares the loss and its gradient with float64, and without smoothing
// with [CrossEntropy].
func TestSmoothedCrossEntropy(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		n, smoothing := 2+r.IntN(30), r.Float64()
		logits, label := make([]float32, n), int32(r.IntN(n))
		sum := 0.0
		for i := range logits {
			logits[i] = float32(r.NormFloat64() * 3)
			sum += math.Exp(float64(logits[i]))
		}
		gradient := nans(n)
		loss, _ := SmoothedCrossEntropy(gradient, logits, label, smoothing, 0.25)
		want := 0.0
		for i, z := range logits {
			target := smoothing / float64(n)
			if int32(i) == label {
				target += 1 - smoothing
			}
			want += target * (math.Log(sum) - float64(z))
			if g := (math.Exp(float64(z))/sum - target) / 4; math.Abs(float64(gradient[i])-g) > 1e-7 {
				t.Fatalf("gradient[%d]: got %g, want %g", i, gradient[i], g)
			}
		}
		if math.Abs(loss-want) > 1e-6*(1+want) {
			t.Fatalf("loss: got %g, want %g", loss, want)
		}
		plain, _ := CrossEntropy(gradient, logits, label, 0.25)
		if loss, _ := SmoothedCrossEntropy(nans(n), logits, label, 0, 0.25); math.Abs(loss-plain) > 1e-12*(1+plain) {
			t.Fatalf("without smoothing: got loss %g, want %g", loss, plain)
		}
	}
}
