package draw

import (
	"math"
	"testing"
)

// TestContrast holds that text has a contrast of 4.5 and a line one of 3, the least that the
// guidelines' level AA allows.
func TestContrast(t *testing.T) {
	if got := contrast(rgb(0), rgb(0xffffff)); math.Abs(got-21) > 1e-9 {
		t.Errorf("black on white: got %g, want 21", got)
	}
	if got := contrast(rgb(0x777777), rgb(0xffffff)); math.Abs(got-4.48) > 0.01 {
		t.Errorf("#777777 on white: got %g, want 4.48", got)
	}
	for _, theme := range Themes {
		if got := contrast(theme.text, theme.background); got < 4.5 {
			t.Errorf("theme %q: text: got contrast %.2f, want 4.5", theme.Suffix, got)
		}
		for _, line := range []float64{contrast(theme.training, theme.background), contrast(theme.evaluation, theme.background)} {
			if line < 3 {
				t.Errorf("theme %q: a curve: got contrast %.2f, want 3", theme.Suffix, line)
			}
		}
		for share := range 101 {
			cell := mix(theme.background, theme.share, float64(share)/100)
			if got := contrast(readable(cell), cell); got < 4.5 {
				t.Errorf("theme %q: a cell of %d %%: got contrast %.2f, want 4.5", theme.Suffix, share, got)
			}
		}
	}
}
