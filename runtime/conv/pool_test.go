package conv

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/resnetgen/resnetgen/asm/asmtest"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// TestPool holds that a pool is what Add adds to zeros, whole or by rows: of windows side by side,
// and of every second pixel, which an odd size has at both ends.
func TestPool(t *testing.T) {
	testPool(t, NewPool(2, 2, 4, 6, 3, 5), 4*6*3)
	testPool(t, NewPool(1, 2, 3, 5, 3, 5), 3*5*3)
}

func testPool(t *testing.T, p *Pool, size int) {
	t.Helper()
	if got, want := p.Output(), Plain(2, 3, 5); got != want {
		t.Errorf("got an output of %+v, want %+v", got, want)
	}
	r := rand.New(rand.NewPCG(7, 8))
	var x []float32
	for range size {
		x = append(x, float32(r.NormFloat64()))
	}
	want := make([]float32, 2*3*5)
	p.Add(want, x)
	y := asmtest.NaNs(make([]float32, 2*3*5))
	p.Apply(y, x)
	asmtest.SameBits(t, "pool", y, want)
	asmtest.NaNs(y)
	p.Rows(y, x, par.Range{First: 1, End: 2})
	if first := y[0]; !math.IsNaN(float64(first)) {
		t.Errorf("got %g in a row that was not asked for, want it as it was", first)
	}
	p.Rows(y, x, par.Range{First: 0, End: 1})
	asmtest.SameBits(t, "pool by rows", y, want)
}

// TestPoolRefuses holds that a pool whose windows are neither side by side nor of one pixel is
// refused.
func TestPoolRefuses(t *testing.T) {
	defer func() {
		if got, want := recover(), "conv: got a pool of kernel 3 and stride 2, want the same, or kernel 1"; got != want {
			t.Errorf("got panic %v, want %s", got, want)
		}
	}()
	NewPool(3, 2, 4, 4, 1, 1)
}

// TestMaxPool holds where the windows of a max pool lie, on numbers that one can check by hand:
// with TensorFlow's padding at even sizes from the first pixel on, at odd sizes from one before it,
// with PyTorch's always from one before it.
func TestMaxPool(t *testing.T) {
	for _, test := range []struct {
		pool     *MaxPool
		x        []float32
		y, taps  []float32
		gradient []float32 // of dy = 1, 2, …
	}{
		{
			NewMaxPool(3, 2, 4, 4, 1),
			[]float32{9, 2, 3, 4, 5, 6, 7, 8, 1, 1, 8, 1, 1, 1, 1, 7},
			[]float32{9, 8, 8, 8},
			[]float32{0, 4, 2, 0},
			[]float32{1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 7, 0, 0, 0, 0, 0},
		},
		{
			NewMaxPool(3, 2, 3, 3, 1),
			[]float32{1, 2, 3, 4, 9, 5, 6, 7, 8},
			[]float32{9, 9, 9, 9},
			[]float32{8, 6, 2, 0},
			[]float32{0, 0, 0, 0, 10, 0, 0, 0, 0},
		},
		{
			NewSymmetricMaxPool(3, 2, 4, 4, 1),
			[]float32{9, 2, 3, 4, 5, 6, 7, 8, 1, 1, 8, 1, 1, 1, 1, 7},
			[]float32{9, 8, 6, 8},
			[]float32{4, 8, 2, 2},
			[]float32{1, 0, 0, 0, 0, 3, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0},
		},
	} {
		n := len(test.y)
		y, taps, dy := nans(n), nans(n), []float32{1, 2, 3, 4}
		test.pool.Apply(y, taps, test.x)
		asmtest.SameBits(t, "y", y, test.y)
		asmtest.SameBits(t, "taps", taps, test.taps)
		dx := nans(len(test.x))
		test.pool.Gradient(dx, dy, taps)
		asmtest.SameBits(t, "dx", dx, test.gradient)
		if got, want := test.pool.Output(), Plain(2, 2, 1); got != want {
			t.Errorf("got an output of %+v, want %+v", got, want)
		}
		asmtest.NaNs(y)
		test.pool.Rows(y, test.x, par.Range{First: 1, End: 2})
		if first := y[0]; !math.IsNaN(float64(first)) {
			t.Errorf("got %g in a row that was not asked for, want it as it was", first)
		}
		test.pool.Rows(y, test.x, par.Range{First: 0, End: 1})
		asmtest.SameBits(t, "y by rows", y, test.y)
	}
}
