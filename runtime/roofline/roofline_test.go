package roofline

import "testing"

// TestBound holds which roof is named.
func TestBound(t *testing.T) {
	for _, c := range []struct {
		compute, memory float64
		want            string
	}{
		{0.9, 0.5, ByCompute}, {0.3, 0.8, ByMemory}, {0.2, 0.24, ByOverhead}, {0, 0, ByOverhead}, {0.25, 0, ByCompute}, {0, 1.3, ByMemory},
	} {
		if got := (Shares{c.compute, c.memory}).Bound(); got != c.want {
			t.Errorf("compute %g, memory %g: got %s, want %s", c.compute, c.memory, got, c.want)
		}
	}
}

// TestRoofs holds that the machine does something.
func TestRoofs(t *testing.T) {
	if r := Measure(2); r.FLOPS < 1e6 || r.Bytes < 1e8 {
		t.Errorf("got %+v, want more of any machine", r)
	}
}
