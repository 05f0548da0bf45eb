package roofline

import "testing"

// TestBound holds which roof is named.
func TestBound(t *testing.T) {
	for _, c := range []struct {
		shares Shares
		want   string
		share  float64
	}{
		{Shares{0.9, 0.5, 0.1}, ByCompute, 0.9},
		{Shares{0.3, 0.8, 0.7}, ByMemory, 0.8},
		{Shares{0.3, 0.2, 0.4}, ByTransforms, 0.4},
		{Shares{0.2, 0.24, 0.1}, ByOverhead, 0.24},
		{Shares{}, ByOverhead, 0},
		{Shares{Compute: 0.25}, ByCompute, 0.25},
		{Shares{Memory: 1.3}, ByMemory, 1.3},
	} {
		if got, share := c.shares.Bound(); got != c.want || share != c.share {
			t.Errorf("%+v: got %s, %g, want %s, %g", c.shares, got, share, c.want, c.share)
		}
	}
}

// TestRoofs holds that the machine does something.
func TestRoofs(t *testing.T) {
	if r := Measure(2); r.FLOPS < 1e6 || r.Bytes < 1e8 || r.Transforms < 1e6 {
		t.Errorf("got %+v, want more of any machine", r)
	}
}
