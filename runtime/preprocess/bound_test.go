package preprocess

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/image/bmp"

	"github.com/resnetgen/resnetgen/internal/fuzzbound"
)

// bound is what decoding may take of memory and time, as the header says.
func (h Header) bound() fuzzbound.Bound {
	return fuzzbound.Bound{
		Memory: h.Memory, MemoryPerByte: 4, // small buffers, errors
		Time: time.Second + time.Duration(h.Work)*200*time.Nanosecond, TimePerByte: 10 * time.Microsecond,
	}
}

// checkBound holds decoding a file to its bound.
func checkBound(t *testing.T, name string, data []byte) {
	t.Helper()
	var h Header
	var err error
	fuzzbound.Default.Check(t, len(data), func() { h, err = ReadHeader(bytes.NewReader(data)) })
	bound := fuzzbound.Default
	if err == nil {
		bound = h.bound()
	}
	failed := t.Failed()
	bound.Check(t, len(data), func() { _, _ = Decode(context.Background(), bytes.NewReader(data)) }) //nolint:errcheck // its cost counts
	if t.Failed() && !failed {
		t.Logf("%s: %+v", name, h)
	}
}

// encoders are Go's.
var encoders = map[string]func(io.Writer, image.Image) error{
	"png":  png.Encode,
	"bmp":  bmp.Encode,
	"jpeg": func(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, nil) },
	"gif":  func(w io.Writer, m image.Image) error { return gif.Encode(w, m, nil) },
}

// TestMemory holds that decoding takes no more than the header says.
func TestMemory(t *testing.T) {
	bounds := image.Rect(0, 0, 701, 333)
	palette := color.Palette{color.Black, color.White, color.Transparent}
	for kind, m := range map[string]image.Image{
		"Gray": image.NewGray(bounds), "Gray16": image.NewGray16(bounds), "RGBA": image.NewRGBA(bounds), "NRGBA": image.NewNRGBA(bounds),
		"RGBA64": image.NewRGBA64(bounds), "NRGBA64": image.NewNRGBA64(bounds), "paletted": image.NewPaletted(bounds, palette),
	} {
		for name, encode := range encoders {
			var file bytes.Buffer
			if err := encode(&file, m); err != nil {
				t.Fatal(err)
			}
			checkBound(t, kind+" as "+name, file.Bytes())
		}
	}
}

// FuzzDecode holds that no bytes make a panic, that decoding stays within its bound, and that an
// image fits.
func FuzzDecode(f *testing.F) {
	m := image.NewRGBA(image.Rect(0, 0, 3, 2))
	for _, encode := range encoders {
		var whole bytes.Buffer
		if err := encode(&whole, m); err != nil {
			f.Fatal(err)
		}
		f.Add(whole.Bytes())
		f.Add(whole.Bytes()[:whole.Len()/2])
	}
	for _, name := range []string{"white.webp", "part.webp", "lossless.webp", "progressive.jpg", "sampled.jpg", "sampled-progressive.jpg"} {
		whole, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(whole)
	}
	f.Add(bmpOf(40, 8, bmpRLE8, nil, 1, 1, 0, 2, 1, 1, 2, 1, 0, 1))
	f.Add(bmpOf(56, 32, bmpBitFields, []uint32{0xff, 0xff00, 0xff0000, 0xff000000}, make([]byte, 32)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		in := bytes.NewReader(data)
		h, err := ReadHeader(in)
		if err == nil && (h.Memory > 64<<20 || h.Work > 1<<22) {
			return
		}
		checkBound(t, "input", data)
		m, err := Decode(t.Context(), in)
		if err != nil {
			return
		}
		if !opaque(m) || m.Bounds().Size() != image.Pt(h.Width, h.Height) {
			t.Errorf("got %v pixels, opaque: %t, want %d×%d", m.Bounds(), opaque(m), h.Width, h.Height)
		}
		all := append(allOptions(4), Options{})
		for _, channels := range []int{1, 3} {
			if got, _ := Fit(m, [3]int{4, 5, channels}, all[len(data)%len(all)]); len(got) != 20*channels {
				t.Errorf("got %d bytes, want %d", len(got), 20*channels)
			}
		}
	})
}

// TestDecodeStops holds that decoding stops once its context is done, and that a header is read
// without that.
func TestDecodeStops(t *testing.T) {
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewGray(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	in := bytes.NewReader(file.Bytes())
	if h, err := ReadHeader(in); err != nil || h.Format != "png" || h.Width != 30 || h.Height != 20 || h.Memory < 600 || h.Work != 600 {
		t.Errorf("header: got %+v and error %v, want a PNG of 30×20", h, err)
	}
	if m, err := Decode(ctx, in); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v and error %v, want that the context is done", m, err)
	}
	if _, err := Decode(t.Context(), in); err != nil {
		t.Error(err)
	}
}

// stopReader is a file whose context is done with a read.
type stopReader struct {
	io.ReadSeeker
	stop         func()
	left, before int // reads before the stop, bytes of each at most
	after        int // reads after it
}

func (r *stopReader) Read(p []byte) (int, error) {
	r.left--
	switch {
	case r.left == 0:
		r.stop()
	case r.left < 0:
		r.after++
	}
	r.before = max(r.before, len(p))
	return r.ReadSeeker.Read(p)
}

// TestDecodeStopsWithin holds that decoding stops in the midst of a file, and gets few bytes
// between two looks at the context: of a progressive JPEG no more than a scan or two.
func TestDecodeStopsWithin(t *testing.T) {
	noise := image.NewGray(image.Rect(0, 0, 256, 256))
	for i := range noise.Pix {
		noise.Pix[i] = byte(i * i >> 5)
	}
	var file bytes.Buffer
	if err := png.Encode(&file, noise); err != nil {
		t.Fatal(err)
	}
	const code = "\xff\xc4\x00\x14\x00\x01" // of one bit, for no difference
	frame := code + strings.Repeat("\x00", 16) + "\xff\xc2\x00\x0b\x08\x01\x00\x01\x00\x01\x01\x11\x00"
	pass := "\xff\xda\x00\x08\x01\x01\x00\x00\x00\x01" + strings.Repeat("\x00", 256*256/64/8)
	progressive := "\xff\xd8" + frame + strings.Repeat(pass, 100) + "\xff\xd9"
	for name, c := range map[string]struct {
		data string
		most int
	}{"png": {file.String(), readMost}, "jpeg": {progressive, progressiveMost}} {
		if _, err := Decode(t.Context(), strings.NewReader(c.data)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		r := &stopReader{ReadSeeker: strings.NewReader(c.data), stop: cancel}
		l, err := scan(r)
		if err != nil {
			t.Fatal(err)
		}
		r.left, r.before, r.after = 4, 0, 0
		_, err = l.decode(&contextReader{ReadSeeker: r, ctx: ctx, most: readMost})
		if !errors.Is(err, context.Canceled) || r.after != 0 || r.before > c.most {
			t.Errorf("%s: got %d reads after the stop, of %d bytes, and error %v", name, r.after, r.before, err)
		}
	}
}
