package f32

import (
	"testing"

	"pgregory.net/rapid"
)

// TestVisits holds that visits cover each pixel of an image once, in order, by whole rows or parts
// of one, and that one block of channels has a single visit.
func TestVisits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, cols := rapid.IntRange(1, 40).Draw(t, "rows"), rapid.IntRange(1, 200).Draw(t, "cols")
		channels := rapid.SampledFrom([]int{16, 64, 256, 2048, visitBytes}).Draw(t, "channels")
		pixels, n := 0, 0
		for v := visitsOf(rows, cols, channels, widest); v.next(); n++ {
			if at := v.at(cols, 1); at != pixels || v.rows < 1 || v.cols < 1 || v.rows > 1 && v.cols < cols {
				t.Fatalf("got %d×%d pixels from %d on, want them from %d on, whole rows or a part of one", v.rows, v.cols, at, pixels)
			}
			if size := v.rows * v.cols; channels > widest && size > 2 && 4*size*channels > visitBytes {
				t.Fatalf("got a visit of %d pixels of %d channels, want at most %d bytes", size, channels, visitBytes)
			}
			pixels += v.rows * v.cols
		}
		if pixels != rows*cols || channels <= widest && n != 1 {
			t.Fatalf("got %d pixels in %d visits, want %d", pixels, n, rows*cols)
		}
	})
}
