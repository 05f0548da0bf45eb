package preprocess

import (
	"bytes"
	"image"
	"image/color"
	"os"
	"testing"
)

// TestLossyRange holds that white and black are so in a lossy WebP: libwebp wrote the files.
func TestLossyRange(t *testing.T) {
	for name, want := range map[string]byte{"testdata/white.webp": 255, "testdata/black.webp": 0} {
		m, err := Read(name)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := Fit(m, [3]int{8, 8, 3}, Options{}); !bytes.Equal(got, bytes.Repeat([]byte{want}, 8*8*3)) {
			t.Errorf("%s: got %d", name, got)
		}
	}
}

// TestLimitedRGB compares the formulas with ITU-R BT.601.
func TestLimitedRGB(t *testing.T) {
	for y := 0; y < 256; y += 5 {
		for u := 0; u < 256; u += 5 {
			for v := 0; v < 256; v += 5 {
				l, b, r := 255./219*float64(y-16), float64(u-128)*255/112, float64(v-128)*255/112
				want := [3]float64{l + 0.701*r, l - 0.114*0.886/0.587*b - 0.299*0.701/0.587*r, l + 0.886*b}
				r8, g8, b8 := limitedRGB(int32(y), int32(u), int32(v))
				for c, got := range [3]byte{r8, g8, b8} {
					if d := float64(got) - min(max(want[c], 0), 255); d < -1 || d > 1 {
						t.Fatalf("%d %d %d: got %d, want %.1f", y, u, v, got, want[c])
					}
				}
			}
		}
	}
}

// TestFirstFrame places the first frame of an animated WebP on its canvas, and refuses what is on
// none.
func TestFirstFrame(t *testing.T) {
	whole, err := os.ReadFile("testdata/part.webp")
	if err != nil {
		t.Fatal(err)
	}
	in := bytes.NewReader(whole)
	h, err := ReadHeader(in)
	if err != nil || h.Format != "webp" || h.Width != 37 || h.Height != 23 {
		t.Fatalf("got %+v and error %v, want 37×23", h, err)
	}
	m, err := Decode(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	frame := image.Rect(6, 8, 26, 18) // transparent on the left
	for y := range 23 {
		for x := range 37 {
			white := m.At(x, y) == color.Color(color.RGBA{255, 255, 255, 255})
			if in := image.Pt(x, y).In(frame); !in && !white || in && x > 20 && white {
				t.Errorf("got %v at %d, %d", m.At(x, y), x, y)
			}
		}
	}
	at := bytes.Index(whole, []byte("ANMF")) + riffChunk
	for name, change := range map[string]func(b []byte){
		"beyond its canvas": func(b []byte) { b[at] = 10 },
		"of another size":   func(b []byte) { copy(b[at+16:], "ABCD") }, // its alpha is no alpha: left out
		"too long a chunk":  func(b []byte) { b[at+16+6] = 1 },
	} {
		b := bytes.Clone(whole)
		change(b)
		_, err := Decode(t.Context(), bytes.NewReader(b))
		if wantError := name != "of another size"; (err != nil) != wantError {
			t.Errorf("%s: got error %v", name, err)
		}
	}
	for n := range whole {
		if _, err := Decode(t.Context(), bytes.NewReader(whole[:n])); err == nil {
			t.Errorf("%d of %d bytes: got no error", n, len(whole))
		}
	}
}
