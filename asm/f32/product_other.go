//go:build !amd64 || purego

package f32

func (p *Product) multiply(y, x, w []float32) { p.multiplyGeneric(y, x, w) }
