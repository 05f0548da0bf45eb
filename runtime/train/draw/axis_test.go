package draw

import (
	"strings"
	"testing"
)

// TestTicks holds that ticks are round numbers, written with as many digits as tell them apart.
func TestTicks(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		most      int
		want      string
	}{
		{0, 2.1, 5, "0.0 0.5 1.0 1.5 2.0 2.5"},
		{0, 0.04, 5, "0.00 0.01 0.02 0.03 0.04"},
		{47, 100, 5, "40 60 80 100"},
		{99, 100, 5, "99.0 99.2 99.4 99.6 99.8 100.0"},
		{0, 3000, 5, "0 1000 2000 3000"},
		{-1, 1, 5, "-1.0 -0.5 0.0 0.5 1.0"},
		{5, 5, 5, "5.0 5.2 5.4 5.6 5.8 6.0"},
	} {
		a := newAxis(c.low, c.high, c.most, 0, 100).rounded()
		var labels []string
		for _, v := range a.ticks() {
			labels = append(labels, a.label(v))
		}
		if got := strings.Join(labels, " "); got != c.want {
			t.Errorf("%g to %g: got %s, want %s", c.low, c.high, got, c.want)
		}
		if a.pixel(a.low) != 0 || a.pixel(a.high) != 100 {
			t.Errorf("%g to %g: got pixels %d to %d, want 0 to 100", c.low, c.high, a.pixel(a.low), a.pixel(a.high))
		}
	}
	if got := newAxis(0, 12.8, 10, 0, 128).ticks(); len(got) != 7 || got[6] != 12 {
		t.Errorf("0 to 12.8: got %v, want 0, 2, …, 12", got)
	}
}
