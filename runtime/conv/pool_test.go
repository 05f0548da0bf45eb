package conv

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/resnetgen/resnetgen/asm/asmtest"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// TestPool holds that a pool is what Add adds to zeros, whole or by rows.
func TestPool(t *testing.T) {
	p := NewPool(2, 2, 4, 6, 3, 5)
	if got, want := p.Output(), Plain(2, 3, 5); got != want {
		t.Errorf("got an output of %+v, want %+v", got, want)
	}
	r := rand.New(rand.NewPCG(7, 8))
	var x []float32
	for range 4 * 6 * 3 {
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

// TestPoolRefuses holds that a pool whose windows are not side by side is refused.
func TestPoolRefuses(t *testing.T) {
	defer func() {
		if got, want := recover(), "conv: got a pool of kernel 3 and stride 2, want the same"; got != want {
			t.Errorf("got panic %v, want %s", got, want)
		}
	}()
	NewPool(3, 2, 4, 4, 1, 1)
}
