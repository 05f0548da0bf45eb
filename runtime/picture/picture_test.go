package picture

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
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
)

// TestCentre crops to the proportions of the input, in the middle.
func TestCentre(t *testing.T) {
	for _, c := range []struct {
		bounds image.Rectangle
		w, h   int
		want   image.Rectangle
	}{
		{image.Rect(0, 0, 20, 10), 4, 4, image.Rect(5, 0, 15, 10)},
		{image.Rect(2, 3, 5, 12), 1, 1, image.Rect(2, 6, 5, 9)},
		{image.Rect(0, 0, 8, 6), 4, 3, image.Rect(0, 0, 8, 6)},
		{image.Rect(0, 0, 1, 100), 100, 1, image.Rect(0, 49, 1, 50)},
	} {
		if got := centre(c.bounds, c.w, c.h); got != c.want {
			t.Errorf("%v to %d×%d: got %v, want %v", c.bounds, c.w, c.h, got, c.want)
		}
	}
	m := image.NewRGBA(image.Rect(0, 0, 6, 2)) // its middle is blue
	for i := range 12 {
		m.Set(i%6, i/6, color.RGBA{200, 0, 0, 255})
		if x := i % 6; x == 2 || x == 3 {
			m.Set(x, i/6, color.RGBA{0, 0, 200, 255})
		}
	}
	if got, resized := Fit(m, [3]int{2, 2, 3}); !resized || !bytes.Equal(got, bytes.Repeat([]byte{0, 0, 200}, 4)) {
		t.Errorf("got %d, want the blue middle", got)
	}
}

// FuzzPicture holds that no bytes make a panic, and that a picture fits.
func FuzzPicture(f *testing.F) {
	m := image.NewRGBA(image.Rect(0, 0, 3, 2))
	for _, encode := range []func(io.Writer, image.Image) error{
		png.Encode, bmp.Encode,
		func(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, nil) },
		func(w io.Writer, m image.Image) error { return gif.Encode(w, m, nil) },
	} {
		var whole bytes.Buffer
		if err := encode(&whole, m); err != nil {
			f.Fatal(err)
		}
		f.Add(whole.Bytes())
		f.Add(whole.Bytes()[:whole.Len()/2])
	}
	f.Add([]byte("RIFF\x24\x00\x00\x00WEBPVP8 \x18\x00\x00\x000\x01\x00\x9d\x01*\x01\x00\x01\x00\x03\x004%\xa4\x00\x03p\x00\xfe\xfb\x94\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Decode(t.Context(), bytes.NewReader(data))
		if err != nil || m.Bounds().Dx()*m.Bounds().Dy() > 1<<20 {
			return
		}
		for _, channels := range []int{1, 3} {
			if got, _ := Fit(m, [3]int{4, 5, channels}); len(got) != 20*channels {
				t.Errorf("got %d bytes, want %d", len(got), 20*channels)
			}
		}
	})
}

// TestDecodeStops holds that decoding stops once its context is done, and that a header is read without that.
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

// TestRead refuses what is no file.
func TestRead(t *testing.T) {
	if _, err := Read(t.TempDir()); err == nil || !strings.Contains(err.Error(), "got a folder") {
		t.Errorf("a folder: got error %v", err)
	}
	if _, err := Read(filepath.Join(t.TempDir(), "absent")); err == nil || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("nothing: got error %v", err)
	}
}

// TestNamed holds which names are pictures'.
func TestNamed(t *testing.T) {
	for name, want := range map[string]bool{
		"a.jpg": true, "b/c.JPEG": true, "d.e.jfif": true, "f.png": true, "g.WebP": true, "h.bmp": true, "i.gif": true,
		"j.tif": false, "k": false, "png": false, "l.png.txt": false, "": false,
	} {
		if Named(name) != want {
			t.Errorf("%q: got %t, want %t", name, !want, want)
		}
	}
}
