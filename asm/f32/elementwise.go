package f32

// elementwiseKernels are the kernels of tensors of any shape. Their slices are as long as each
// other; the length is a multiple of lanes, a power of two, and no longer than chunk.
type elementwiseKernels struct {
	lanes      int
	add        func(dst, a, b []float32)
	addScaled  func(dst, x []float32, s float32)
	sumSquares func(chains *[8]float64, x []float32)
}

var elementwiseFamily = newFamily("sums, sums of squares", "",
	elementwiseKernels{1, addGeneric, addScaledGeneric, sumSquaresGeneric})

// chunk is how many elements one call of the assembly takes, which cannot be preempted: some
// microseconds.
const chunk = 1 << 14

// inChunks calls f for runs of the elements before the last n%lanes ones, and returns how many
// those are.
func inChunks(n, lanes int, f func(first, n int)) int {
	end := n &^ (lanes - 1)
	for i := 0; i < end; i += chunk {
		f(i, min(chunk, end-i))
	}
	return end
}

// Add computes dst = a + b. dst may be a or b.
func Add(dst, a, b []float32) {
	if !(len(a) == len(dst) && len(b) == len(dst)) {
		fail("Add", "got a, b of %d, %d elements, want %d", len(a), len(b), len(dst))
	}
	k := elementwiseFamily.active()
	n := inChunks(len(dst), k.lanes, func(i, n int) { k.add(part(dst, i, n), part(a, i, n), part(b, i, n)) })
	addGeneric(dst[n:], a[n:], b[n:])
}

// AddScaled computes dst = s·x + dst, fused.
func AddScaled(dst, x []float32, s float32) {
	if !(len(x) == len(dst)) {
		fail("AddScaled", "got x of %d elements, want %d", len(x), len(dst))
	}
	k := elementwiseFamily.active()
	n := inChunks(len(dst), k.lanes, func(i, n int) { k.addScaled(part(dst, i, n), part(x, i, n), s) })
	addScaledGeneric(dst[n:], x[n:], s)
}

// SumSquares returns Σ x² in float64: element i belongs to chain i%8, and the chains are added as
// ((0+4)+(2+6)) + ((1+5)+(3+7)). A square is exact, so its sum is rounded once.
func SumSquares(x []float32) float64 {
	var chains [8]float64
	c, k := noescape(&chains), elementwiseFamily.active()
	n := inChunks(len(x), k.lanes, func(i, n int) { k.sumSquares(c, part(x, i, n)) })
	sumSquaresGeneric(c, x[n:])
	return ((c[0] + c[4]) + (c[2] + c[6])) + ((c[1] + c[5]) + (c[3] + c[7]))
}
