//go:build !amd64 || purego

package f32

func (t *Tiles) conv(y, x, w []float32) { t.convGeneric(y, x, w) }
