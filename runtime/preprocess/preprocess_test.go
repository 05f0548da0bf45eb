package preprocess

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
	if got, resized := Fit(m, [3]int{2, 2, 3}, Options{}); !resized || !bytes.Equal(got, bytes.Repeat([]byte{0, 0, 200}, 4)) {
		t.Errorf("got %d, want the blue middle", got)
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

// TestNamed holds which names are those of images.
func TestNamed(t *testing.T) {
	for name, want := range map[string]bool{
		"a.jpg": true, "b/c.JPEG": true, "d.e.jfif": true, "f.png": true, "g.WebP": true, "h.bmp": true, "i.gif": true,
		"j.tif": false, "k": false, "png": false, "l.png.txt": false, "": false,
	} {
		if IsImageName(name) != want {
			t.Errorf("%q: got %t, want %t", name, !want, want)
		}
	}
}

// TestAdvice names the formats of endings that are not read.
func TestAdvice(t *testing.T) {
	for name, want := range map[string]string{
		"a.HEIC": "HEIC: convert to JPEG or PNG", "b/c.tif": "TIFF: convert to JPEG or PNG", ".avif": "AVIF: convert to JPEG or PNG",
		"d.jpg": "", "e.txt": "", "": "",
	} {
		if got := ConversionAdvice(name); got != want || want != "" && IsImageName(name) {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}
