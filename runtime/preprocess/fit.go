package preprocess

import (
	"context"
	"image"

	"golang.org/x/image/draw"
)

// Fitter makes images fit a network of one or three channels. It keeps the memory that this
// takes, and what resizing images of the last size needs: the next one of that size takes no new
// memory.
type Fitter struct {
	input   [3]int
	options Options
	bytes   []byte
	pillow  *pillow // of the last size; with the zero options the two below
	small   *image.RGBA
	scaler  *resampler // of the last size
}

// NewFitter returns a fitter for a network's input: height, width, channels. It panics on options
// that no spec has.
func NewFitter(input [3]int, o Options) *Fitter {
	o.check(input)
	f := &Fitter{input: input, options: o, bytes: make([]byte, input[0]*input[1]*input[2])}
	if o == (Options{}) {
		f.small = image.NewRGBA(image.Rect(0, 0, input[1], input[0]))
	}
	return f
}

// Fit returns an image's bytes as a network takes them, [height][width][channels], valid until the
// next call, and whether it was of another size: resized as the [Options] say. One channel is its
// brightness, three are red, green and blue, or the other way round. What is transparent is on
// white.
func (f *Fitter) Fit(m image.Image) (bytes []byte, resized bool) {
	bytes, resized, _ = f.FitContext(context.Background(), m) //nolint:errcheck // it is of the context alone
	return bytes, resized
}

// FitContext is [Fitter.Fit]. It stops between rows of the image once ctx is done, with its error.
func (f *Fitter) FitContext(ctx context.Context, m image.Image) (bytes []byte, resized bool, err error) {
	if f.options == (Options{}) {
		return f.fitCentre(ctx, m)
	}
	from := m.Bounds().Size()
	if f.pillow == nil || f.pillow.from != from {
		f.pillow = newPillow(&f.options, from, f.input)
	}
	var turn orientation
	if o, ok := m.(*oriented); ok {
		m, turn = o.Image, o.orientation
	}
	if !opaque(m) {
		m = partOnWhite(m, m.Bounds())
	}
	clear(f.bytes)
	if err := f.pillow.resize(ctx, f.bytes, m, turn, f.input[1]); err != nil {
		return nil, false, err
	}
	to, want := f.options.resized(from, f.input), size{int64(f.input[1]), int64(f.input[0])}
	return f.bytes, to != want || to != size{int64(from.X), int64(from.Y)}, nil
}

// fitCentre resizes the largest part of the image's centre that has the input's proportions, if it
// is of another size: by Catmull and Rom's kernel, widened where that makes smaller.
func (f *Fitter) fitCentre(ctx context.Context, m image.Image) (bytes []byte, resized bool, err error) {
	height, width := f.input[0], f.input[1]
	part := centre(m.Bounds(), width, height)
	resized = m.Bounds().Size() != image.Pt(width, height)
	var turn orientation
	if o, ok := m.(*oriented); ok {
		m, turn = o.Image, o.orientation
		part = turn.part(part, m.Bounds())
	}
	if !opaque(m) {
		m = partOnWhite(m, part)
		part = m.Bounds()
	}
	if err := f.resize(ctx, m, part, turn, resized); err != nil {
		return nil, false, err
	}
	f.pack(turn)
	return f.bytes, resized, nil
}

// resize makes a part of a stored image small.
func (f *Fitter) resize(ctx context.Context, stored image.Image, part image.Rectangle, turn orientation, resized bool) error {
	size := image.Pt(f.input[1], f.input[0])
	if turn.turned() {
		size.X, size.Y = size.Y, size.X
	}
	f.small.Rect, f.small.Stride = image.Rectangle{Max: size}, 4*size.X
	if !resized {
		draw.Draw(f.small, f.small.Rect, stored, part.Min, draw.Src)
		return nil
	}
	if from := part.Size(); f.scaler == nil || f.scaler.from != from || f.scaler.to != size {
		f.scaler = newResampler(from, size)
	}
	return f.scaler.resample(ctx, f.small, stored, part)
}

// pack writes the bytes of the small image, as it is shown.
func (f *Fitter) pack(turn orientation) {
	at, from := 0, 0
	for y := range f.input[0] {
		for x := range f.input[1] {
			if !turn.upright() {
				from = f.small.PixOffset(turn.stored(x, y, f.small.Rect.Max))
			}
			r, g, b := f.small.Pix[from], f.small.Pix[from+1], f.small.Pix[from+2]
			from += 4
			if f.input[2] == 1 {
				f.bytes[at] = brightness(r, g, b)
				at++
				continue
			}
			f.bytes[at], f.bytes[at+1], f.bytes[at+2] = r, g, b
			at += 3
		}
	}
}

// FitMemory is how many bytes fitting an image takes at most, besides the image, for a network's
// input: height, width, channels. It counts a [Fitter] that has fitted none of its size before.
func FitMemory(h Header, input [3]int, o Options) int64 {
	bytes := centreMemory(h, input)
	if o != (Options{}) {
		bytes = pillowMemory(h, input)
	}
	return bytes + bytes/8 + 1<<13 // as the allocator rounds, and a palette
}

// FitWork is how many pixels fitting an image computes at most, as [Header].Work counts them: a row
// of the image becomes one of the input's width before rows are added up. It is 0 with the zero
// options, which take no more rows than the input's proportions allow.
func FitWork(h Header, input [3]int, o Options) int64 {
	if o == (Options{}) {
		return 0
	}
	return int64(h.Height) * (int64(h.Width) + int64(input[1]))
}

// centreMemory is what [Fitter.fitCentre] takes.
func centreMemory(h Header, input [3]int) int64 {
	const (
		rowBytes, sumBytes, tapBytes, windowBytes = 3 * 8, 4 * 8, 16, 32
		pixelBytes                                = 4 + 3 + sumBytes // of the result, three times
	)
	return int64(max(h.Width, h.Height))*rowBytes + mostTaps(h, input)*tapBytes +
		(int64(input[0])+int64(input[1]))*(windowBytes+sumBytes+8) + int64(input[0])*int64(input[1])*pixelBytes
}

// mostTaps is how many weights a kernel that reaches two pixels has at most.
func mostTaps(h Header, input [3]int) int64 {
	return 4*(int64(h.Width)+int64(h.Height)) + 7*(int64(input[0])+int64(input[1]))
}

// brightness is the luma of ITU-R BT.601, rounded as image/color does it.
func brightness(r, g, b byte) byte {
	const full = 0x101 // from 8 bits to 16
	return byte((19595*uint32(r)*full + 38470*uint32(g)*full + 7471*uint32(b)*full + 1<<15) >> 24)
}
