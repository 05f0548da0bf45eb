package parity

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/internal/oracle"
)

// Bounds of the largest error in a tensor, relative to the tensor's largest value.
const (
	float32Bound = 1e-4 // a whole step in float32 against one in float64
	float64Bound = 1e-9 // two steps in float64, which sum in different orders
)

// Some gradients are 0 by the network's structure: before a batch norm that sees a single value of
// a channel, say. What either side computes there is the rounding of terms that cancel, which has
// no relative accuracy. A tensor counts as 0 when its largest value is below zeroRatio times the
// largest of its kind (all gradients, all updated variables, or the logits): in float64 far above
// the rounding of a cancelling sum, which is about 1e-16 times its terms, and far below any value
// that is not cancellation. The other side then has to be 0 up to rounding too: within
// bound/zeroTighter of the largest of the kind, for float32 1e-6 or 16 units in the last place.
const (
	zeroRatio   = 1e-12
	zeroTighter = 100
)

// The gradient of a convolution's biases is 0 but for decay, since norms alone read its output in
// the end, and subtract means. So its error is that of a sum of terms that cancel. Their scale is
// that of the weights' gradient, which sums them times inputs.

// compare returns what is wrong with got where want, in float64, is right: names, shapes, and for
// each tensor max|got − want| ≤ bound · max|want|.
func compare(got, want map[string]*oracle.Tensor, bound float64) []string {
	var problems []string
	for name := range got {
		if want[name] == nil {
			problems = append(problems, fmt.Sprintf("%s: got a tensor that does not belong there", name))
		}
	}
	scale := kindScales(want)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		g, w := got[name], want[name]
		if g == nil {
			problems = append(problems, fmt.Sprintf("%s: missing", name))
			continue
		}
		if !slices.Equal(g.Shape, w.Shape) {
			problems = append(problems, fmt.Sprintf("%s: got shape %v, want %v", name, g.Shape, w.Shape))
			continue
		}
		reference := largest(w)
		if reference <= zeroRatio*scale[kind(name)] {
			reference = scale[kind(name)] / zeroTighter
		}
		if weights := want[weightsOf(name)]; weights != nil && len(weights.Shape) == 4 {
			reference = max(reference, largest(weights))
		}
		if difference := largestDifference(g, w); !(difference <= bound*reference) {
			problems = append(problems, fmt.Sprintf("%s: got an error of %.3g, want at most %.3g × %.3g",
				name, difference, bound, reference))
		}
	}
	return problems
}

// weightsOf names the gradient of the weights beside that of biases, by TensorFlow's names and by
// torchvision's; other names have none.
func weightsOf(name string) string {
	for biases, weights := range map[string]string{"/biases": "/DW", ".bias": ".weight"} {
		if scope, ok := strings.CutSuffix(name, biases); ok && kind(name) == "grad" {
			return scope + weights
		}
	}
	return ""
}

// kind is the part of the name before the first "/": tensors of a kind share a scale.
func kind(name string) string {
	k, _, _ := strings.Cut(name, "/")
	return k
}

func kindScales(tensors map[string]*oracle.Tensor) map[string]float64 {
	scale := map[string]float64{}
	for name, t := range tensors {
		scale[kind(name)] = max(scale[kind(name)], largest(t))
	}
	return scale
}

func largest(t *oracle.Tensor) float64 {
	m := 0.0
	for _, v := range t.Data {
		m = max(m, math.Abs(v))
	}
	return m
}

// largestDifference is NaN where any difference is: max keeps NaN.
func largestDifference(a, b *oracle.Tensor) float64 {
	m := 0.0
	for i, v := range a.Data {
		m = max(m, math.Abs(v-b.Data[i]))
	}
	return m
}

// worst returns the largest relative error over all tensors that are not 0, for the test's log.
func worst(got, want map[string]*oracle.Tensor) (name string, relative float64) {
	for n, w := range want {
		if got[n] == nil || len(got[n].Data) != len(w.Data) || largest(w) == 0 {
			continue
		}
		if e := largestDifference(got[n], w) / largest(w); e >= relative {
			name, relative = n, e
		}
	}
	return name, relative
}

// maxProblems is how many problems a test prints: a mistake in one layer shows in every gradient
// before it.
const maxProblems = 8

// checkTensors fails the test where compare finds a problem.
func checkTensors(t *testing.T, got, want map[string]*oracle.Tensor, bound float64) {
	t.Helper()
	problems := compare(got, want, bound)
	for _, problem := range problems[:min(len(problems), maxProblems)] {
		t.Error(problem)
	}
	if more := len(problems) - maxProblems; more > 0 {
		t.Errorf("… and %d more", more)
	}
	name, relative := worst(got, want)
	t.Logf("largest relative error %.2g, of %s", relative, name)
}

// TestCompare checks the judge: it must see every kind of mistake, and only mistakes.
func TestCompare(t *testing.T) {
	vector := func(values ...float64) *oracle.Tensor { return &oracle.Tensor{Shape: []int{len(values)}, Data: values} }
	right := func() map[string]*oracle.Tensor {
		return map[string]*oracle.Tensor{
			"loss": scalar(2), "grad/a": vector(1, -10), "grad/b": vector(1e-3, 0), "grad/zero": vector(0, 1e-15),
			"grad/conv/DW": {Shape: []int{1, 1, 1, 1}, Data: []float64{0.1}}, "grad/conv/biases": vector(1e-3), "after/conv/biases": vector(1e-3),
			"grad/logit/DW": {Shape: []int{1, 1}, Data: []float64{0.1}}, "grad/logit/biases": vector(1e-3),
		}
	}
	for _, c := range []struct {
		name   string
		change func(map[string]*oracle.Tensor)
		want   string // the tensor complained about; empty: none
	}{
		{"equal", func(map[string]*oracle.Tensor) {}, ""},
		{"within the bound of the tensor's largest", func(m map[string]*oracle.Tensor) { m["grad/a"].Data[0] += 0.9e-3 }, ""},
		{"beyond the bound", func(m map[string]*oracle.Tensor) { m["grad/a"].Data[0] += 1.1e-3 }, "grad/a"},
		{"beyond the bound of a small tensor", func(m map[string]*oracle.Tensor) { m["grad/b"].Data[1] += 1.1e-7 }, "grad/b"},
		{"rounding of a zero tensor", func(m map[string]*oracle.Tensor) { m["grad/zero"].Data[0] += 0.9e-5 }, ""},
		{"a zero tensor that is not", func(m map[string]*oracle.Tensor) { m["grad/zero"].Data[0] += 1.1e-5 }, "grad/zero"},
		{"rounding of a convolution's biases", func(m map[string]*oracle.Tensor) { m["grad/conv/biases"].Data[0] += 0.9e-5 }, ""},
		{"biases that are more than rounding", func(m map[string]*oracle.Tensor) { m["grad/conv/biases"].Data[0] += 1.1e-5 }, "grad/conv/biases"},
		{"rounding of biases that a step has changed", func(m map[string]*oracle.Tensor) { m["after/conv/biases"].Data[0] += 1.1e-7 }, "after/conv/biases"},
		{"biases of the last layer", func(m map[string]*oracle.Tensor) { m["grad/logit/biases"].Data[0] += 1.1e-7 }, "grad/logit/biases"},
		{"not a number", func(m map[string]*oracle.Tensor) { m["grad/a"].Data[0] = math.NaN() }, "grad/a"},
		{"infinite", func(m map[string]*oracle.Tensor) { m["loss"].Data[0] = math.Inf(1) }, "loss"},
		{"missing", func(m map[string]*oracle.Tensor) { delete(m, "grad/b") }, "grad/b"},
		{"foreign", func(m map[string]*oracle.Tensor) { m["grad/c"] = vector(1) }, "grad/c"},
		{"other shape", func(m map[string]*oracle.Tensor) { m["loss"] = vector(2) }, "loss"},
	} {
		got := right()
		c.change(got)
		problems := compare(got, right(), float32Bound)
		switch {
		case c.want == "" && len(problems) > 0:
			t.Errorf("%s: got %q, want no problem", c.name, problems)
		case c.want != "" && (len(problems) != 1 || !strings.HasPrefix(problems[0], c.want+":")):
			t.Errorf("%s: got %q, want one problem with %s", c.name, problems, c.want)
		}
	}
}
