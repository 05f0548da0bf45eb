//go:build !amd64 || purego

package f32

func (p pool) add(y, x []float32)           { p.addGeneric(y, x) }
func (p pool) gradientAdd(dx, dy []float32) { p.gradientAddGeneric(dx, dy) }
