package preprocess

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"testing"
)

// plain is an image that tells no more of itself than it must.
type plain struct{ image.Image }

// TestOnWhite composites the types of images that have transparency, in files and as they are
// given.
func TestOnWhite(t *testing.T) {
	bounds := image.Rect(2, 1, 6, 3)
	for name, m := range map[string]interface {
		image.Image
		Set(x, y int, c color.Color)
	}{
		"NRGBA": image.NewNRGBA(bounds), "RGBA": image.NewRGBA(bounds), "NRGBA64": image.NewNRGBA64(bounds), "RGBA64": image.NewRGBA64(bounds),
		"paletted": image.NewPaletted(bounds, color.Palette{color.Transparent, color.NRGBA{R: 200, A: 128}, color.Black, color.White}),
	} {
		m.Set(2, 1, color.NRGBA{R: 200, A: 128})
		m.Set(3, 1, color.Black)
		want := []byte{227, 127, 127, 0, 0, 0, 255, 255, 255, 255, 255, 255}
		want = append(want, bytes.Repeat([]byte{255}, 12)...)
		for _, given := range []image.Image{m, plain{m}} {
			before := color.NRGBAModel.Convert(m.At(2, 1))
			if got, _ := Fit(given, [3]int{2, 4, 3}, Options{}); !bytes.Equal(got, want) {
				t.Errorf("%s: got %d, want %d", name, got, want)
			}
			if after := color.NRGBAModel.Convert(m.At(2, 1)); after != before {
				t.Errorf("%s: got %v of the caller's image, want %v", name, after, before)
			}
		}
		var file bytes.Buffer
		if err := png.Encode(&file, m); err != nil {
			t.Fatal(err)
		}
		decoded, err := Decode(t.Context(), bytes.NewReader(file.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		got, _ := Fit(decoded, [3]int{2, 4, 3}, Options{})
		if got[0] == 228 { // 227.5: of 16 bits
			got[0] = 227
		}
		if !opaque(decoded) || !bytes.Equal(got, want) {
			t.Errorf("%s as PNG: got %d, want %d", name, got, want)
		}
		flat := onWhite(m)
		resized, _ := Fit(flat, [3]int{1, 2, 3}, Options{})
		if got, _ := Fit(plain{flat}, [3]int{1, 2, 3}, Options{}); !bytes.Equal(got, resized) {
			t.Errorf("%s: got %d of an image that does not say it is opaque, want %d", name, got, resized)
		}
	}
}

// TestGIFCanvas places the first frame on its canvas, which is transparent elsewhere.
func TestGIFCanvas(t *testing.T) {
	frame := func(at image.Rectangle, c uint8) *image.Paletted {
		m := image.NewPaletted(at, color.Palette{color.Gray{10}, color.Gray{20}, color.Transparent})
		for i := range m.Pix {
			m.Pix[i] = c
		}
		return m
	}
	first := frame(image.Rect(1, 1, 3, 2), 0)
	first.Pix[1] = 2
	var file bytes.Buffer
	err := gif.EncodeAll(&file, &gif.GIF{
		Image: []*image.Paletted{first, frame(image.Rect(0, 0, 4, 3), 1)}, Delay: []int{1, 1},
		Config: image.Config{Width: 4, Height: 3},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := bytes.Repeat([]byte{255}, 12)
	want[5] = 10
	whole := file.Bytes()
	for name, size := range map[string][2]byte{"its canvas": {4, 3}, "a canvas too small": {2, 3}, "no canvas": {0, 0}} {
		whole[6], whole[8] = size[0], size[1]
		width, height := max(int(size[0]), 3), max(int(size[1]), 2)
		m, err := Decode(t.Context(), bytes.NewReader(whole))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, resized := Fit(m, [3]int{height, width, 1}, Options{})
		if name == "its canvas" && !bytes.Equal(got, want) || resized || got[width+1] != 10 || got[width+2] != 255 {
			t.Errorf("%s: got %d", name, got)
		}
	}
}
