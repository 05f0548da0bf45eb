package classify

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// TestTop holds the softmax, also of logits whose exponentials have no float64, the order, and that
// of equals.
func TestTop(t *testing.T) {
	names := Names([]string{"left"}, 4)
	if want := []string{"left", "class 1", "class 2", "class 3"}; !slices.Equal(names, want) {
		t.Fatalf("got names %q, want %q", names, want)
	}
	got := Top([]float32{1000, 1000 + float32(math.Ln2), 1000, -1e30}, names, 3)
	for i, want := range []Prediction{{"class 1", 1, 0.5}, {"left", 0, 0.25}, {"class 2", 2, 0.25}} {
		// 1000+ln 2 is rounded to a multiple of 2⁻¹⁴: the probabilities are off by at most 2⁻¹⁵/2.
		if got[i].Class != want.Class || got[i].Index != want.Index || math.Abs(float64(got[i].Probability-want.Probability)) > 0x1p-16 {
			t.Errorf("guess %d: got %+v, want %+v", i, got[i], want)
		}
	}
	if last := Top([]float32{0, -300, -200}, Names(nil, 3), 3)[2]; last.Index != 1 || last.Probability != 0 {
		t.Errorf("got %+v as the last of three, want class 1, whose logit is the least", last)
	}
	if all := Top([]float32{1, 2, 3, 4}, names, 99); len(all) != 4 {
		t.Errorf("got %d guesses of 4 classes", len(all))
	}
}

// TestSoftmax holds sums, order, and that of equal logits the first wins.
func TestSoftmax(t *testing.T) {
	p := make([]float32, 4)
	if class := Softmax(p, []float32{1, 3, 3, -1000}); class != 1 || p[1] != p[2] || p[3] != 0 || p[0] >= p[1] {
		t.Errorf("got class %d of %v", class, p)
	}
	if sum := p[0] + p[1] + p[2] + p[3]; math.Abs(float64(sum)-1) > 1e-6 {
		t.Errorf("got probabilities that sum to %g, want 1", sum)
	}
	want := math.Exp(-2) / (2 + math.Exp(-2))
	if math.Abs(float64(p[0])-want) > 1e-7 {
		t.Errorf("got %g, want %g", p[0], want)
	}
}

// TestCheck names the class of the first logit that is NaN or Inf, whichever image it belongs to.
func TestCheck(t *testing.T) {
	names := Names(nil, 2)
	if err := Check([]float32{1, 2, 3, 4}, names); err != nil {
		t.Error(err)
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if err := Check([]float32{1, 2, 3, float32(bad)}, names); err == nil || !strings.Contains(err.Error(), "for class 1, want a finite number") {
			t.Errorf("%g: got error %v", bad, err)
		}
	}
}
