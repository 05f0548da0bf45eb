package ir

import "github.com/resnetgen/resnetgen/runtime/abi"

// Layout says what lies around the images of a tensor.
type Layout struct {
	Halo  int  // zeros a side
	Tiled bool // and what fills the image up to whole tiles of Winograd's
}

// Plain is the layout of an image with nothing around it.
var Plain = Layout{}

// Stored returns the size of an image with what lies around it.
func (l Layout) Stored(s Shape) Shape {
	if l.Tiled {
		s.H, s.W = tile*abi.WinogradTiles(s.H), tile*abi.WinogradTiles(s.W)
	}
	return Shape{s.H + 2*l.Halo, s.W + 2*l.Halo, s.C}
}

// tile is the height and width of what a Winograd tile puts out.
const tile = 4

// String returns the layout's name in dumps.
func (l Layout) String() string {
	switch {
	case l.Tiled && l.Halo > 0:
		return "tiled halo"
	case l.Tiled:
		return "tiled"
	case l.Halo > 0:
		return "halo"
	}
	return "plain"
}
