package engine

import (
	"github.com/resnetgen/resnetgen/runtime/conv"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// Pool is a pool of any kind. It reads and writes images without a border, and is shared by rows of
// its output.
type Pool struct {
	output
	of pooling
}

// pooling computes some rows of y, an image in the layout of Output, from x.
type pooling interface {
	Output() conv.Layout
	Rows(y, x []float32, rows par.Range)
}

// NewPool returns the pool that another package computes.
func NewPool(of pooling) *Pool {
	l := of.Output()
	return &Pool{output{height: l.Height, width: l.Width, channels: l.Channels, band: 1}, of}
}
