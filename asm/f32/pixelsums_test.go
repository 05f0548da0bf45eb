package f32

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/asm/asmtest"
)

// sumsOf returns sums in memory of their own.
func sumsOf(channels int) *PixelSums {
	s := NewPixelSums(make([]float32, PixelSumsLen*channels), channels)
	return &s
}

// sumsIn returns sums of as many channels as the memory has room for.
func sumsIn(memory []float32) *PixelSums {
	s := NewPixelSums(memory, len(memory)/PixelSumsLen)
	return &s
}

// inParts calls a function with the elements of one part of an image, or of two with an even number
// of pixels in the first.
func inParts(t *rapid.T, channels, pixels int, part func(first, end int)) {
	middle := channels * 2 * rapid.IntRange(0, (pixels-1)/2).Draw(t, "half the pixels of the first part")
	if middle > 0 {
		part(0, middle)
	}
	part(middle, channels*pixels)
}

// sameSums compares all chains, and then the totals.
func sameSums(t *rapid.T, got, want *PixelSums) {
	asmtest.SameBits(t, "chains", got.memory, want.memory)
	got.pixels, want.pixels = 1, 1 // the definition does not count
	got.Totals()
	want.Totals()
	asmtest.SameBits(t, "totals", got.memory, want.memory)
}

// TestPixelSumsRefuse holds that nothing is added behind an odd number of pixels, behind the
// totals, or of other channels.
func TestPixelSumsRefuse(t *testing.T) {
	x := make([]float32, 6)
	for name, run := range map[string]func(s *PixelSums){
		"an odd part": func(s *PixelSums) { Moments(x, s); Moments(x, s) },
		"totals":      func(s *PixelSums) { Moments(x[:4], s); s.Totals(); Moments(x, s) },
		"other channels": func(s *PixelSums) {
			(&Norm{Mean: x[:3], Scale: x[:3], Shift: x[:3]}).ActivateGradient(x, x, x, s, false)
		},
		"no sums":     func(*PixelSums) { Moments(x, &PixelSums{}) },
		"no pixels":   func(s *PixelSums) { s.Totals() },
		"less memory": func(*PixelSums) { NewPixelSums(make([]float32, 9), 2) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: got no panic", name)
				}
			}()
			run(sumsOf(2))
		}()
	}
}
