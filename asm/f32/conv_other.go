//go:build !amd64 || purego

package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

func (t *Tiles) conv(_ cpu.Level, y, x, w []float32) { t.convGeneric(y, x, w) }
