package picture

import (
	"image"

	"golang.org/x/image/draw"
)

// Fitter makes pictures fit a network of one or three channels. It keeps the memory that this takes, and what resizing pictures of
// the last size needs: the next one of that size takes no new memory.
type Fitter struct {
	input  [3]int
	small  *image.RGBA
	bytes  []byte
	from   image.Point // the size that scaler is for
	scaler draw.Scaler
}

// NewFitter returns a fitter for a network's input: height, width, channels.
func NewFitter(input [3]int) *Fitter {
	return &Fitter{input: input, small: image.NewRGBA(image.Rect(0, 0, input[1], input[0])), bytes: make([]byte, input[0]*input[1]*input[2])}
}

// Fit returns a picture's bytes as a network takes them, [height][width][channels], valid until the next call: the
// largest part of its centre that has the input's proportions, resized (by Catmull and Rom's kernel, widened where that
// makes smaller) if it is of another size; one channel is its brightness, three are red, green and blue. What is
// transparent is black.
func (f *Fitter) Fit(picture image.Image) (bytes []byte, resized bool) {
	size := f.small.Bounds()
	part := centre(picture.Bounds(), f.input[1], f.input[0])
	resized = picture.Bounds().Size() != size.Size()
	if resized {
		f.scale(picture, part)
	} else {
		draw.Draw(f.small, size, picture, part.Min, draw.Src)
	}
	at := 0
	for i := 0; i < len(f.small.Pix); i += 4 {
		r, g, b := f.small.Pix[i], f.small.Pix[i+1], f.small.Pix[i+2]
		if f.input[2] == 1 {
			f.bytes[at] = brightness(r, g, b)
			at++
			continue
		}
		f.bytes[at], f.bytes[at+1], f.bytes[at+2] = r, g, b
		at += 3
	}
	return f.bytes, resized
}

func (f *Fitter) scale(picture image.Image, part image.Rectangle) {
	if from := part.Size(); f.scaler == nil || f.from != from {
		to := f.small.Bounds().Size()
		f.scaler, f.from = draw.CatmullRom.NewScaler(to.X, to.Y, from.X, from.Y), from
	}
	f.scaler.Scale(f.small, f.small.Bounds(), picture, part, draw.Src, nil)
}

// brightness is the luma of ITU-R BT.601, rounded as image/color does it.
func brightness(r, g, b byte) byte {
	const full = 0x101 // from 8 bits to 16
	return byte((19595*uint32(r)*full + 38470*uint32(g)*full + 7471*uint32(b)*full + 1<<15) >> 24)
}
