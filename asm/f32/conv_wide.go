package f32

// The tiles of a block of channels that AVX-512 computes alone: a register holds a row, and twelve
// of them hide what a multiplication waits for.
const (
	widePixels = 12
	wideSmall  = 8 // pixels of the smaller one
)

// wideTile is a [Tile] of more pixels. One that has fewer repeats the last of them.
type wideTile struct {
	X, Y         [widePixels]int32
	First, Count int32
}

// widen returns the pixels of tiles in wide ones, and how many of those stand before those that
// have no more than wideSmall pixels.
func widen(tiles []Tile) (wide []wideTile, large int) {
	var small []wideTile
	for len(tiles) > 0 {
		first := &tiles[0]
		var x, y []int32
		for len(tiles) > 0 && tiles[0].First == first.First && tiles[0].Count == first.Count {
			t := &tiles[0]
			for p := range t.X {
				if p == 0 || t.Y[p] != t.Y[p-1] {
					x, y = append(x, t.X[p]), append(y, t.Y[p])
				}
			}
			tiles = tiles[1:]
		}
		for len(x) > 0 {
			n := min(widePixels, len(x))
			if rest := len(x) - n; rest > 0 && rest <= 2*wideSmall-widePixels || len(x) <= wideSmall {
				n = min(wideSmall, len(x))
			}
			w := wideTile{First: first.First, Count: first.Count}
			for p := range w.X {
				w.X[p], w.Y[p] = x[min(p, n-1)], y[min(p, n-1)]
			}
			if n > wideSmall {
				wide = append(wide, w)
			} else {
				small = append(small, w)
			}
			x, y = x[n:], y[n:]
		}
	}
	return append(wide, small...), len(wide)
}
