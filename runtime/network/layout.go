package network

// Layout is the order of a variable's axes. H and W are a kernel's height and width, I and O the
// channels of its input and output. A matrix has I and O alone. Other variables have one axis, and
// every layout leaves them as they are.
type Layout int

// The layouts.
const (
	HWIO Layout = iota // a network's memory, and TensorFlow's files
	OIHW               // PyTorch's files, and ONNX's
)

// Axes names the axes of a variable of some rank, such as OIHW, or OI of a matrix. It is empty for
// ranks that have one order only.
func (l Layout) Axes(rank int) string {
	switch {
	case rank == 4 && l == OIHW:
		return "OIHW"
	case rank == 4:
		return "HWIO"
	case rank == 2 && l == OIHW:
		return "OI"
	case rank == 2:
		return "IO"
	}
	return ""
}

// Shape returns the shape that an HWIO shape has in the layout.
func (l Layout) Shape(hwio []int) []int {
	n := len(hwio)
	if l == HWIO || n < 2 {
		return hwio
	}
	return append([]int{hwio[n-1], hwio[n-2]}, hwio[:n-2]...)
}

// block is how many values of O are permuted together: those of a cache line.
const block = 16

// FromHWIO writes src, whose shape is hwio, to dst in the layout.
func (l Layout) FromHWIO(dst, src []float32, hwio []int) {
	if l == HWIO || len(hwio) < 2 {
		copy(dst, src)
		return
	}
	taps, in, out := sizes(hwio)
	for first := 0; first < out; first += block {
		n := min(block, out-first)
		for i := range in {
			for tap := range taps {
				for k, x := range src[(tap*in+i)*out+first:][:n] {
					dst[((first+k)*in+i)*taps+tap] = x
				}
			}
		}
	}
}

// ToHWIO writes src, which is in the layout, to dst, whose shape is hwio.
func (l Layout) ToHWIO(dst, src []float32, hwio []int) {
	if l == HWIO || len(hwio) < 2 {
		copy(dst, src)
		return
	}
	taps, in, out := sizes(hwio)
	for first := 0; first < out; first += block {
		n := min(block, out-first)
		for i := range in {
			for tap := range taps {
				row := dst[(tap*in+i)*out+first:][:n]
				for k := range row {
					row[k] = src[((first+k)*in+i)*taps+tap]
				}
			}
		}
	}
}

// sizes returns the elements of a kernel's window, and the sizes of I and O.
func sizes(hwio []int) (taps, in, out int) {
	taps, n := 1, len(hwio)
	for _, d := range hwio[:n-2] {
		taps *= d
	}
	return taps, hwio[n-2], hwio[n-1]
}
