package preprocess

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/draw"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/internal/fuzzbound"
)

// noise is an opaque image of noise, with patches of black and white.
func noise(r *rand.Rand, width, height int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := 0; i < len(m.Pix); i += 4 {
		switch r.IntN(6) {
		case 0: // black
		case 1:
			m.Pix[i], m.Pix[i+1], m.Pix[i+2] = 255, 255, 255
		default:
			m.Pix[i], m.Pix[i+1], m.Pix[i+2] = byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())
		}
		m.Pix[i+3] = 255
	}
	return m
}

// allOptions are options of every kind, for an input of a shorter side.
func allOptions(side int) (all []Options) {
	for _, fit := range []string{FitCrop, FitStretch, FitPad} {
		for _, interpolation := range []string{Bilinear, Bicubic} {
			for _, channels := range []string{RGB, BGR} {
				all = append(all, Options{side, fit, interpolation, channels}, Options{side + side/7 + 1, fit, interpolation, channels})
			}
		}
	}
	return all
}

// TestResized holds the sizes that images get to torchvision's Resize and Pillow's ImageOps.
func TestResized(t *testing.T) {
	square, wide := [3]int{224, 224, 3}, [3]int{100, 400, 3}
	for _, c := range []struct {
		fit    string
		resize int
		input  [3]int
		from   image.Point
		want   size
	}{
		{FitCrop, 256, square, image.Pt(500, 375), size{341, 256}},
		{FitCrop, 256, square, image.Pt(375, 500), size{256, 341}},
		{FitCrop, 256, square, image.Pt(9, 9), size{256, 256}},
		{FitCrop, 256, square, image.Pt(1, 1<<26), size{256, 1 << 34}},
		{FitCrop, 114, wide, image.Pt(400, 300), size{400, 300}}, // 152×114 does not cover it
		{FitCrop, 114, wide, image.Pt(900, 100), size{1026, 114}},
		{FitCrop, 114, wide, image.Pt(300, 900), size{400, 1200}},
		{FitStretch, 224, square, image.Pt(500, 375), size{224, 224}},
		{FitStretch, 150, wide, image.Pt(500, 375), size{600, 150}},
		{FitPad, 224, square, image.Pt(500, 375), size{224, 168}},
		{FitPad, 224, square, image.Pt(375, 500), size{168, 224}},
		{FitPad, 224, square, image.Pt(70, 70), size{224, 224}},
		{FitPad, 224, square, image.Pt(1<<26, 1), size{224, 1}},
		{FitPad, 200, wide, image.Pt(300, 300), size{200, 200}},
	} {
		o := Options{c.resize, c.fit, Bilinear, RGB}
		if got := o.resized(c.from, c.input); got != c.want {
			t.Errorf("%+v of %v for %v: got %v, want %v", o, c.from, c.input, got, c.want)
		}
	}
}

// TestMiddle holds that of two middles it is the even one, cut or padded.
func TestMiddle(t *testing.T) {
	for line := int64(1); line < 12; line++ {
		for n := int64(1); n < 12; n++ {
			if got, want := middle(line, n), int64(math.RoundToEven(float64(line-n)/2)); got != want {
				t.Errorf("%d of %d: got %d, want %d", n, line, got, want)
			}
		}
	}
}

// TestPillowDefinition compares with sums in float64 over all pixels, rounded after each pass: up
// to the rounding of weights to 22 bits.
func TestPillowDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	for range 60 {
		from, input := image.Pt(1+r.IntN(60), 1+r.IntN(60)), [3]int{1 + r.IntN(20), 1 + r.IntN(20), 3}
		m := noise(r, from.X, from.Y)
		for _, o := range allOptions(min(input[0], input[1])) {
			got, _ := Fit(m, input, o)
			for i, want := range define(m, input, o) {
				if d := int(got[i]) - int(want); d < -1 || d > 1 {
					t.Fatalf("%+v of %v for %v: byte %d: got %d, want %d", o, from, input, i, got[i], want)
				}
			}
		}
	}
}

// define resizes the whole image, and cuts the input out of it.
func define(m *image.RGBA, input [3]int, o Options) []byte {
	to := o.resized(m.Rect.Size(), input)
	width, height := int(to.width), int(to.height)
	at := func(pix []byte, i, stride int) func(j, c int) float64 {
		return func(j, c int) float64 { return float64(pix[i+j*stride+c]) }
	}
	rows, all := make([]byte, 4*width*m.Rect.Dy()), make([]byte, 4*width*height)
	for y := range m.Rect.Dy() {
		for x := range width {
			weigh(rows[4*(y*width+x):], at(m.Pix, y*m.Stride, 4), o, x, m.Rect.Dx(), width)
		}
	}
	for y := range height {
		for x := range width {
			weigh(all[4*(y*width+x):], at(rows, 4*x, 4*width), o, y, m.Rect.Dy(), height)
		}
	}
	left, top := int(middle(to.width, int64(input[1]))), int(middle(to.height, int64(input[0])))
	var cut []byte
	for y := top; y < top+input[0]; y++ {
		for x := left; x < left+input[1]; x++ {
			pixel := []byte{0, 0, 0}
			if image.Pt(x, y).In(image.Rect(0, 0, width, height)) {
				p := all[4*(y*width+x):]
				pixel = []byte{p[0], p[1], p[2]}
				if o.Channels == BGR {
					pixel = []byte{p[2], p[1], p[0]}
				}
			}
			cut = append(cut, pixel...)
		}
	}
	return cut
}

// weigh writes the pixel i of n, of a line of so many.
func weigh(dst []byte, line func(j, c int) float64, o Options, i, from, n int) {
	scale := max(float64(from)/float64(n), 1)
	reach, centre := scale, (float64(i)+0.5)*float64(from)/float64(n)
	if o.Interpolation == Bicubic {
		reach *= 2
	}
	var sums [3]float64
	total := 0.0
	for j := range from {
		x := math.Abs(float64(j)+0.5-centre) / scale
		w := max(1-x, 0)
		switch {
		case math.Abs(float64(j)+0.5-centre) >= reach:
			continue
		case o.Interpolation == Bicubic && x < 1:
			w = 1.5*x*x*x - 2.5*x*x + 1
		case o.Interpolation == Bicubic:
			w = -0.5*x*x*x + 2.5*x*x - 4*x + 2
		}
		total += w
		for c := range sums {
			sums[c] += w * line(j, c)
		}
	}
	for c, v := range sums {
		dst[c] = byte(min(max(math.Floor(v/total+0.5), 0), 255))
	}
}

// TestOptionsTypes holds that images of all types, upright and turned, become what a copy of their
// pixels does, to the byte.
func TestOptionsTypes(t *testing.T) {
	r := rand.New(rand.NewPCG(23, 24))
	input := [3]int{9, 14, 3}
	for name, m := range opaqueImages(image.Rect(3, 5, 3+41, 5+30), r) {
		for turn := orientation(1); turn <= 8; turn++ {
			shown := orient(m, turn)
			pixels := image.NewRGBA(image.Rectangle{Max: shown.Bounds().Size()})
			draw.Draw(pixels, pixels.Rect, shown, shown.Bounds().Min, draw.Src)
			for _, o := range allOptions(9) {
				want, _ := Fit(pixels, input, o)
				if got, resized := Fit(shown, input, o); !resized || !bytes.Equal(got, want) {
					t.Errorf("%s, orientation %d, %+v: got other bytes than of its pixels", name, turn, o)
				}
			}
		}
	}
}

// TestOptionsWhite composites on white before resizing.
func TestOptionsWhite(t *testing.T) {
	m := image.NewNRGBA(image.Rect(2, 3, 12, 13)) // transparent
	for _, o := range allOptions(4) {
		got, _ := Fit(orient(m, 6), [3]int{4, 4, 1}, o)
		if !bytes.Equal(got, bytes.Repeat([]byte{255}, 16)) {
			t.Errorf("%+v: got %d, want white", o, got)
		}
	}
}

// TestOptionsResized holds what counts as resized.
func TestOptionsResized(t *testing.T) {
	for _, c := range []struct {
		from   image.Point
		resize int
		want   bool
	}{{image.Pt(8, 8), 8, false}, {image.Pt(8, 8), 9, true}, {image.Pt(9, 9), 9, true}, {image.Pt(8, 9), 8, true}} {
		for _, fit := range []string{FitCrop, FitStretch, FitPad} {
			m := noise(rand.New(rand.NewPCG(1, 2)), c.from.X, c.from.Y)
			if _, got := Fit(m, [3]int{8, 8, 3}, Options{c.resize, fit, Bicubic, RGB}); got != c.want {
				t.Errorf("%v, %s to %d: got %t, want %t", c.from, fit, c.resize, got, c.want)
			}
		}
	}
}

// TestOptionsPanic holds what options no spec has.
func TestOptionsPanic(t *testing.T) {
	for want, o := range map[string]Options{
		`fit: got "", want crop, stretch or pad`:                 {Channels: BGR},
		`interpolation: got "nearest", want bilinear or bicubic`: {4, FitPad, "nearest", RGB},
		`channels: got "gbr", want rgb or bgr`:                   {4, FitCrop, Bicubic, "gbr"},
		`resize: got 3, want 4 or more`:                          {3, FitStretch, Bilinear, RGB},
	} {
		func() {
			defer func() {
				if got := recover(); got != "preprocess: "+want {
					t.Errorf("%+v: got panic %v, want %q", o, got, want)
				}
			}()
			NewFitter([3]int{5, 4, 3}, o)
		}()
	}
}

// TestOptionsReuse holds that a fitter gives of an image what a new one does, also after images of
// other sizes, and that another of the same size takes no memory.
func TestOptionsReuse(t *testing.T) {
	r := rand.New(rand.NewPCG(25, 26))
	input := [3]int{6, 5, 3}
	for _, o := range allOptions(5) {
		f := NewFitter(input, o)
		for range 10 {
			m := noise(r, 1+r.IntN(30), 1+r.IntN(30))
			want, _ := Fit(m, input, o)
			for range 2 {
				if got, _ := f.Fit(m); !bytes.Equal(got, want) {
					t.Fatalf("%+v: got other bytes than of a new fitter", o)
				}
			}
		}
		for name, m := range opaqueImages(image.Rect(0, 0, 30, 40), r) {
			if _, ok := m.(plain); ok {
				continue // its pixels take memory
			}
			f.Fit(m)
			if n := testing.AllocsPerRun(10, func() { f.Fit(m) }); n != 0 {
				t.Errorf("%+v, %s: got %g allocations, want 0", o, name, n)
			}
		}
	}
}

// TestOptionsMemory holds that fitting takes no more than it says: of all shapes, upright or
// turned, also of thin images, which are much larger once they are resized.
func TestOptionsMemory(t *testing.T) {
	for _, from := range []image.Point{{1, 1}, {5, 3}, {1 << 16, 1}, {1, 1 << 16}, {900, 700}} {
		for _, input := range [][3]int{{1, 1, 1}, {32, 32, 3}, {224, 224, 3}, {7, 300, 1}} {
			for _, o := range allOptions(min(input[0], input[1])) {
				m := orient(image.NewGray(image.Rectangle{Max: from}), 6)
				h := Header{Width: from.Y, Height: from.X}
				bound := fuzzbound.Bound{Memory: FitMemory(h, input, o), Time: time.Minute}
				bound.Check(t, 0, func() { Fit(m, input, o) })
			}
		}
	}
}

// TestOptionsStop holds that resizing stops between rows.
func TestOptionsStop(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := NewFitter([3]int{4, 4, 1}, Options{4, FitCrop, Bilinear, RGB})
	if got, _, err := f.FitContext(ctx, noise(rand.New(rand.NewPCG(1, 2)), 50, 50)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %d and error %v, want that the context is done", got, err)
	}
}

// BenchmarkOptions is a photo made a network's input, upright and turned.
func BenchmarkOptions(b *testing.B) {
	images := opaqueImages(image.Rect(0, 0, 4000, 3000), rand.New(rand.NewPCG(3, 4)))
	for _, turn := range []orientation{1, 6} {
		for _, interpolation := range []string{Bilinear, Bicubic} {
			b.Run("interpolation="+interpolation+"/turned="+[2]string{"no", "yes"}[turn/6], func(b *testing.B) {
				f := NewFitter([3]int{224, 224, 3}, Options{256, FitCrop, interpolation, RGB})
				for b.Loop() {
					f.Fit(orient(images["YCbCrSubsampleRatio420"], turn))
				}
			})
		}
		b.Run("interpolation=none/turned="+[2]string{"no", "yes"}[turn/6], func(b *testing.B) {
			f := NewFitter([3]int{224, 224, 3}, Options{})
			for b.Loop() {
				f.Fit(orient(images["YCbCrSubsampleRatio420"], turn))
			}
		})
	}
}
