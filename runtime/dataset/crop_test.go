package dataset

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/runtime/preprocess"
)

// cropped is Set.crop, a pixel at a time.
func cropped(s *Set, image []byte, top, left int, mirrored bool) []float32 {
	var values []byte
	for h := range s.Height {
		for w := range s.Width {
			if mirrored {
				w = s.Width - 1 - w
			}
			for c := range s.Channels {
				v := byte(0)
				if y, x := h+top, w+left; y >= 0 && y < s.Height && x >= 0 && x < s.Width {
					v = image[(y*s.Width+x)*s.Channels+c]
				}
				values = append(values, v)
			}
		}
	}
	dst := make([]float32, len(values))
	s.Standardizer.Standardize(dst, values)
	return dst
}

// TestCrop compares every bit with an image that is put together a pixel at a time.
func TestCrop(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		side, shift := rapid.IntRange(1, 9), rapid.IntRange(-11, 11)
		s := &Set{Height: side.Draw(t, "height"), Width: side.Draw(t, "width"), Channels: rapid.IntRange(1, 4).Draw(t, "channels")}
		if rapid.Bool().Draw(t, "of all images") {
			mean := rapid.SliceOfN(rapid.Float64Range(0, 1), s.Channels, s.Channels).Draw(t, "mean")
			std := rapid.SliceOfN(rapid.Float64Range(0.001, 1), s.Channels, s.Channels).Draw(t, "std")
			s.Standardizer = preprocess.NewStandardizer(mean, std)
		}
		image := rapid.SliceOfN(rapid.Byte(), s.Size(), s.Size()).Draw(t, "image")
		top, left, mirrored := shift.Draw(t, "top"), shift.Draw(t, "left"), rapid.Bool().Draw(t, "mirrored")
		got := make([]float32, s.Size())
		for i := range got {
			got[i] = float32(math.NaN())
		}
		s.crop(got, image, top, left, mirrored)
		for i, want := range cropped(s, image, top, left, mirrored) {
			if math.Float32bits(got[i]) != math.Float32bits(want) {
				t.Fatalf("value %d: got %g, want %g", i, got[i], want)
			}
		}
	})
}
