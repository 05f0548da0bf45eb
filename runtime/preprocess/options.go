package preprocess

import (
	"fmt"
	"image"
	"math"
)

// Options say how an image of any size becomes a network's input. The zero value takes the largest
// part of the image's centre that has the input's proportions, and resizes that by Catmull and
// Rom's kernel.
//
// With the others the image is resized first, with Pillow's bytes, and the input is cut out of its
// middle. Its middle pixel is as torchvision's CenterCrop and Pillow's ImageOps.pad have it.
type Options struct {
	// Resize is the shorter side of what the input is cut from, in pixels: the input's own or more.
	Resize int
	// Fit is [FitCrop], [FitStretch] or [FitPad]; nothing in the zero value.
	Fit string
	// Interpolation is [Bilinear] or [Bicubic].
	Interpolation string
	// Channels is [RGB] or [BGR], the order of a network's three channels.
	Channels string
}

// The values of Options.Fit.
const (
	// FitCrop keeps the image's proportions: its shorter side becomes Resize, as torchvision's
	// Resize has it, or as much more as the input takes to be covered.
	FitCrop = "crop"
	// FitStretch does not keep them: the image becomes the input, enlarged to the side Resize.
	FitStretch = "stretch"
	// FitPad keeps them, and the whole image: it is as large as fits into the input, enlarged to
	// the side Resize. What remains is black.
	FitPad = "pad"
)

// The values of Options.Interpolation. Both are antialiased.
const (
	Bilinear = "bilinear"
	Bicubic  = "bicubic"
)

// The values of Options.Channels.
const (
	RGB = "rgb"
	BGR = "bgr"
)

// check panics on options that no spec has.
func (o *Options) check(input [3]int) {
	switch {
	case *o == Options{}:
		return
	case o.Fit != FitCrop && o.Fit != FitStretch && o.Fit != FitPad:
		panic(fmt.Sprintf("preprocess: fit: got %q, want %s, %s or %s", o.Fit, FitCrop, FitStretch, FitPad))
	case o.Interpolation != Bilinear && o.Interpolation != Bicubic:
		panic(fmt.Sprintf("preprocess: interpolation: got %q, want %s or %s", o.Interpolation, Bilinear, Bicubic))
	case o.Channels != RGB && o.Channels != BGR:
		panic(fmt.Sprintf("preprocess: channels: got %q, want %s or %s", o.Channels, RGB, BGR))
	case o.Resize < min(input[0], input[1]):
		panic(fmt.Sprintf("preprocess: resize: got %d, want %d or more", o.Resize, min(input[0], input[1])))
	}
}

// size is a width and height. A thin image's may be beyond an int of 32 bits once it is resized.
type size struct{ width, height int64 }

// resized returns the size that an image gets before the input is cut out of it.
func (o *Options) resized(from image.Point, input [3]int) size {
	was, in := size{int64(from.X), int64(from.Y)}, size{int64(input[1]), int64(input[0])}
	switch o.Fit {
	case FitStretch:
		return in.withShorter(int64(o.Resize))
	case FitPad:
		return was.inside(in.withShorter(int64(o.Resize)))
	}
	to := was.withShorter(int64(o.Resize))
	if to.width < in.width || to.height < in.height {
		to = was.covering(in)
	}
	return to
}

// withShorter returns a size of these proportions with the given shorter side.
func (s size) withShorter(side int64) size {
	if s.width <= s.height {
		return size{side, side * s.height / s.width}
	}
	return size{side * s.width / s.height, side}
}

// covering returns the least size of these proportions that leaves nothing of another uncovered.
func (s size) covering(other size) size {
	if other.width*s.height >= other.height*s.width {
		return size{other.width, other.width * s.height / s.width}
	}
	return size{other.height * s.width / s.height, other.height}
}

// inside returns the largest size of these proportions that is inside another, rounded as in
// Pillow's ImageOps.contain. But it has one pixel or more.
func (s size) inside(other size) size {
	part := func(short, long, of int64) int64 {
		return max(int64(math.RoundToEven(float64(short)/float64(long)*float64(of))), 1)
	}
	switch wide, high := s.width*other.height, other.width*s.height; {
	case wide > high:
		return size{other.width, part(s.height, s.width, other.width)}
	case wide < high:
		return size{part(s.width, s.height, other.height), other.height}
	}
	return other
}

// middle returns where n pixels in the middle of a line of others begin. It is negative if there
// are more of them.
func middle(line, n int64) int64 {
	half := (line - n) >> 1
	if (line-n)%2 != 0 && half%2 != 0 {
		half++ // of two halves the even one
	}
	return half
}
