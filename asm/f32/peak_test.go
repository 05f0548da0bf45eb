package f32

import (
	"testing"

	"github.com/resnetgen/resnetgen/asm/asmtest"
	"github.com/resnetgen/resnetgen/asm/cpu"
)

var peakTest = familyTest{family: peakFamily}

// TestPeakFLOPS holds that the peak is one: no convolution can be faster. A portable one is far
// slower.
func TestPeakFLOPS(t *testing.T) {
	asmtest.EachLevel(t, func(t *testing.T) {
		low, high := 1e7, 1e12
		if cpu.Active() >= cpu.AVX2 {
			low = 1e9
		}
		if got := PeakFLOPS(); got < low || got > high {
			t.Errorf("got %g operations a second, want %g to %g", got, low, high)
		}
	})
}
