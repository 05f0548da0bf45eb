//go:build !amd64 || purego

package f32

func (o *Outer) accumulate(dw, x, dy []float32, fresh bool) {
	o.accumulateGeneric(dw, x, dy, fresh)
}
