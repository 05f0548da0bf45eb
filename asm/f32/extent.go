package f32

import (
	"math"
	"math/bits"
)

// maxOffset bounds what the tables of the assembly say in int32: where a pixel or a row begins, in
// elements.
const maxOffset = math.MaxInt32

// times returns a·b of two numbers that are not negative, or [math.MaxInt] if that is more: no
// slice is as long.
func times(a, b int) int {
	high, low := bits.Mul(uint(a), uint(b))
	if high != 0 || low > math.MaxInt {
		return math.MaxInt
	}
	return int(low)
}

// plus is a+b as times is a·b.
func plus(a, b int) int {
	if sum := a + b; sum >= 0 {
		return sum
	}
	return math.MaxInt
}

// extent returns how many elements so many rows, one or more, span that begin pitch elements apart.
func extent(rows, pitch, row int) int { return plus(times(rows-1, pitch), row) }

// wholeRows checks that x is so many rows of whole pixels, and returns the length of one.
func wholeRows(kernel string, x []float32, rows, channels int) int {
	if !(rows > 0 && channels > 0 && len(x) > 0 && len(x)%rows == 0 && len(x)/rows%channels == 0) {
		fail(kernel, "got %d elements, want whole pixels of %d channels in %d rows", len(x), channels, rows)
	}
	return len(x) / rows
}

// apart checks that dst has room for so many rows, pitch elements apart, without overlap.
func apart(kernel, name string, dst []float32, rows, pitch, row int) {
	if !(pitch >= row && len(dst) >= extent(rows, pitch, row)) {
		fail(kernel, "got %s of %d elements in %d rows, %d apart, want at least %d, in rows %d apart or more",
			name, len(dst), rows, pitch, extent(rows, max(pitch, row), row), row)
	}
}
