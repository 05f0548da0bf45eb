package f32

// visitBytes is how much of an image all blocks of channels visit before they go on: more than a
// page of memory, and little enough for L1.
const visitBytes = 32 << 10

// visits cuts an image of several blocks of channels into rectangles of pixels that all blocks
// visit, one after the other. So memory is read in order, where one block after the other would
// read short pieces of it that stand far apart.
type visits struct {
	row, col   int // the first pixel of a visit
	rows, cols int // its size: whole rows, or a part of one

	allRows, allCols, mostRows, mostCols int
}

// visitsOf returns the visits of blocks of so many channels to an image.
func visitsOf(rows, cols, channels, block int) visits {
	v := visits{allRows: rows, allCols: cols, mostRows: rows, mostCols: cols}
	if channels > block {
		pixels := max(2, visitBytes/(4*channels)/2*2) // even, for [PixelSums]
		v.mostRows, v.mostCols = max(1, pixels/cols), min(cols, pixels)
	}
	return v
}

// next goes to the next visit. It reports whether there is one.
func (v *visits) next() bool {
	switch v.col += v.cols; {
	case v.rows == 0:
	case v.col < v.allCols:
	case v.row+v.rows < v.allRows:
		v.row, v.col = v.row+v.rows, 0
	default:
		return false
	}
	v.rows, v.cols = min(v.mostRows, v.allRows-v.row), min(v.mostCols, v.allCols-v.col)
	return true
}

// at returns the elements before the visit, of an image whose rows are pitch elements apart and
// whose pixels step elements.
func (v *visits) at(pitch, step int) int { return v.row*pitch + v.col*step }
