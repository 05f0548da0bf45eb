package preprocess

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"testing"
	"time"

	"golang.org/x/image/draw"

	"github.com/resnetgen/resnetgen/internal/fuzzbound"
)

// opaqueImages are images of all types, of noise.
func opaqueImages(bounds image.Rectangle, r *rand.Rand) map[string]image.Image {
	all := map[string]image.Image{}
	palette := make(color.Palette, 200)
	for i := range palette {
		palette[i] = color.RGBA{byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()), 255}
	}
	for name, m := range map[string]draw.Image{
		"Gray": image.NewGray(bounds), "Gray16": image.NewGray16(bounds), "RGBA": image.NewRGBA(bounds), "NRGBA": image.NewNRGBA(bounds),
		"RGBA64": image.NewRGBA64(bounds), "NRGBA64": image.NewNRGBA64(bounds), "CMYK": image.NewCMYK(bounds),
		"paletted": image.NewPaletted(bounds, palette),
	} {
		for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
			for x := bounds.Min.X; x < bounds.Max.X; x++ {
				m.Set(x, y, color.RGBA64{uint16(r.Uint32()), uint16(r.Uint32()), uint16(r.Uint32()), 0xffff})
			}
		}
		all[name] = m
		all["plain "+name] = plain{m}
	}
	for ratio := image.YCbCrSubsampleRatio444; ratio <= image.YCbCrSubsampleRatio410; ratio++ {
		m := image.NewYCbCr(bounds, ratio)
		for _, plane := range [][]byte{m.Y, m.Cb, m.Cr} {
			for i := range plane {
				plane[i] = byte(r.Uint32())
			}
		}
		all[ratio.String()] = m
	}
	return all
}

// TestResample holds that resizing gives the bytes of x/image/draw's scaler: of all types of
// images, of white ones too, larger and smaller.
func TestResample(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, size := range []image.Point{{1, 1}, {2, 3}, {16, 9}, {33, 61}, {64, 64}} {
		for _, from := range []image.Point{{1, 1}, {7, 1}, {1, 90}, {40, 30}, {131, 67}, {64, 61}} {
			bounds := image.Rect(3, 5, 3+from.X+4, 5+from.Y+3)
			images := opaqueImages(bounds, r)
			white := image.NewRGBA(bounds)
			for i := range white.Pix {
				white.Pix[i] = 0xff
			}
			images["white"] = white
			part := image.Rectangle{bounds.Min.Add(image.Pt(2, 1)), bounds.Min.Add(image.Pt(2, 1)).Add(from)}
			scaler := newResampler(from, size)
			for name, m := range images {
				want, got := image.NewRGBA(image.Rectangle{Max: size}), image.NewRGBA(image.Rectangle{Max: size})
				draw.CatmullRom.Scale(want, want.Rect, m, part, draw.Src, nil)
				if err := scaler.resample(t.Context(), got, m, part); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got.Pix, want.Pix) {
					t.Errorf("%s of %v to %v: got %d, want %d", name, from, size, got.Pix, want.Pix)
				}
			}
		}
	}
}

// TestResampleSizes is [TestResample] for many sizes.
func TestResampleSizes(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		from, size := image.Pt(1+r.IntN(150), 1+r.IntN(150)), image.Pt(1+r.IntN(70), 1+r.IntN(70))
		m := image.NewRGBA(image.Rectangle{Max: from})
		for i := range m.Pix {
			m.Pix[i] = byte(r.Uint32()) | byte(i%4/3*0xff)
		}
		want, got := image.NewRGBA(image.Rectangle{Max: size}), image.NewRGBA(image.Rectangle{Max: size})
		draw.CatmullRom.Scale(want, want.Rect, m, m.Rect, draw.Src, nil)
		if err := newResampler(from, size).resample(t.Context(), got, m, m.Rect); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Pix, want.Pix) {
			t.Errorf("%v to %v: got other bytes than x/image/draw", from, size)
		}
	}
}

// TestFitStops holds that resizing stops between rows.
func TestFitStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	rows := 0
	m := stopImage{image.NewRGBA(image.Rect(0, 0, 50, 50)), func(y int) {
		if rows = y; y == 20 {
			cancel()
		}
	}}
	if got, _, err := NewFitter([3]int{4, 4, 1}, Options{}).FitContext(ctx, m); !errors.Is(err, context.Canceled) || rows != 20 {
		t.Errorf("got %d and error %v after row %d, want that the context is done", got, err, rows)
	}
}

// TestFitAllocates holds that fitting another image of the same size takes no memory.
func TestFitAllocates(t *testing.T) {
	f := NewFitter([3]int{6, 5, 3}, Options{})
	for name, m := range opaqueImages(image.Rect(0, 0, 30, 40), rand.New(rand.NewPCG(7, 8))) {
		if _, ok := m.(plain); ok {
			continue // its pixels are
		}
		f.Fit(m)
		if n := testing.AllocsPerRun(10, func() { f.Fit(m) }); n != 0 {
			t.Errorf("%s: got %g allocations, want 0", name, n)
		}
	}
}

// TestFitMemory holds that fitting takes no more than it says: of all shapes, upright or turned.
func TestFitMemory(t *testing.T) {
	for _, from := range []image.Point{{1, 1}, {5, 3}, {3000, 2}, {2, 3000}, {900, 700}} {
		for _, input := range [][3]int{{1, 1, 1}, {32, 32, 3}, {224, 224, 3}, {7, 300, 1}} {
			m := orient(image.NewGray(image.Rectangle{Max: from}), 6)
			h := Header{Width: from.Y, Height: from.X}
			bound := fuzzbound.Bound{Memory: FitMemory(h, input, Options{}), Time: time.Minute}
			bound.Check(t, 0, func() { Fit(m, input, Options{}) })
		}
	}
}

// stopImage calls a function with the row of each pixel that is looked at.
type stopImage struct {
	image.Image
	look func(y int)
}

func (m stopImage) Opaque() bool { return true }

func (m stopImage) At(x, y int) color.Color {
	m.look(y)
	return m.Image.At(x, y)
}

// BenchmarkResample compares with x/image/draw's scaler.
func BenchmarkResample(b *testing.B) {
	from, size := image.Pt(1024, 768), image.Pt(64, 48)
	bounds := image.Rectangle{Max: from}
	images := opaqueImages(bounds, rand.New(rand.NewPCG(3, 4)))
	for _, name := range []string{"Gray", "RGBA", "YCbCrSubsampleRatio420", "paletted", "RGBA64"} {
		dst := image.NewRGBA(image.Rectangle{Max: size})
		b.Run(fmt.Sprintf("type=%s/by=image", name), func(b *testing.B) {
			for b.Loop() {
				if err := newResampler(from, size).resample(b.Context(), dst, images[name], bounds); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("type=%s/by=draw", name), func(b *testing.B) {
			for b.Loop() {
				draw.CatmullRom.NewScaler(size.X, size.Y, from.X, from.Y).Scale(dst, dst.Rect, images[name], bounds, draw.Src, nil)
			}
		})
	}
}
