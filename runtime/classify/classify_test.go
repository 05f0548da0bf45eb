package classify

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// TestTop holds the softmax, also of logits whose exponentials have no float64, the order, and that of equals.
func TestTop(t *testing.T) {
	names := Names([]string{"left"}, 4)
	if want := []string{"left", "class 1", "class 2", "class 3"}; !slices.Equal(names, want) {
		t.Fatalf("got names %q, want %q", names, want)
	}
	got := Top([]float32{1000, 1000 + float32(math.Ln2), 1000, -1e30}, names, 3)
	for i, want := range []Guess{{"class 1", 1, 0.5}, {"left", 0, 0.25}, {"class 2", 2, 0.25}} {
		// 1000+ln 2 is rounded to a multiple of 2⁻¹⁴: the probabilities are off by at most 2⁻¹⁵/2.
		if got[i].Class != want.Class || got[i].Index != want.Index || math.Abs(got[i].Probability-want.Probability) > 0x1p-16 {
			t.Errorf("guess %d: got %+v, want %+v", i, got[i], want)
		}
	}
	if all := Top([]float32{1, 2, 3, 4}, names, 99); len(all) != 4 {
		t.Errorf("got %d guesses of 4 classes", len(all))
	}
}

// TestCheck names the class of the first logit that is no number, whichever image it belongs to.
func TestCheck(t *testing.T) {
	names := Names(nil, 2)
	if err := Check([]float32{1, 2, 3, 4}, names); err != nil {
		t.Error(err)
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if err := Check([]float32{1, 2, 3, float32(bad)}, names); err == nil || !strings.Contains(err.Error(), "for class 1, want a number") {
			t.Errorf("%g: got error %v", bad, err)
		}
	}
}
