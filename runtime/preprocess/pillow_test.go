//go:build tools

package preprocess

import (
	"encoding/json"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPillow compares decoded pixels with what Pillow shows: over formats, types of color, depths
// and orientations.
func TestPillow(t *testing.T) {
	folder := t.TempDir()
	if out, err := exec.Command("/usr/bin/python3", "testdata/pillow.py", folder).CombinedOutput(); err != nil {
		t.Fatalf("%v (Pillow is Debian's python3-pil):\n%s", err, out)
	}
	list, err := os.ReadFile(filepath.Join(folder, "images.json"))
	if err != nil {
		t.Fatal(err)
	}
	var images [][3]any
	if err := json.Unmarshal(list, &images); err != nil {
		t.Fatal(err)
	}
	if len(images) < 150 {
		t.Errorf("got %d images, want 150 or more", len(images))
	}
	for _, i := range images {
		name, size := i[0].(string), image.Pt(int(i[1].(float64)), int(i[2].(float64)))
		want, err := os.ReadFile(filepath.Join(folder, name+".rgb"))
		if err != nil {
			t.Fatal(err)
		}
		m, err := Read(filepath.Join(folder, name))
		if err != nil {
			t.Error(err)
			continue
		}
		comparePixels(t, name, m, want, size)
		file, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		checkBound(t, name, file)
	}
}

// comparePixels holds that an image has the given pixels: rows of red, green and blue. All but JPEG
// have the same bytes, up to the rounding of what is transparent. Where JPEG has fewer samples of
// chroma, each stands for its pixels; Pillow interpolates them.
func comparePixels(t *testing.T, name string, m image.Image, want []byte, size image.Point) {
	t.Helper()
	if m.Bounds().Size() != size {
		t.Errorf("%s: got %v pixels, want %v", name, m.Bounds().Size(), size)
		return
	}
	sum, most := 0, 0
	for y := range size.Y {
		for x := range size.X {
			r, g, b, a := m.At(m.Bounds().Min.X+x, m.Bounds().Min.Y+y).RGBA()
			if a != 0xffff {
				t.Fatalf("%s: got a pixel of opacity %d at %d, %d", name, a, x, y)
			}
			for c, v := range [3]uint32{r, g, b} {
				d := int(v>>8) - int(want[3*(y*size.X+x)+c])
				sum, most = sum+max(d, -d), max(most, d, -d)
			}
		}
	}
	mean := float64(sum) / float64(3*size.X*size.Y)
	bound := 1.0
	if strings.Contains(name, "422") || strings.Contains(name, "420") || strings.HasPrefix(name, "large-RGB") || strings.HasPrefix(name, "sampled") {
		bound = 3 // the colors of these images change by up to 8 a pixel
	}
	if mean > bound || most > 1 && !strings.HasSuffix(name, ".jpg") {
		t.Errorf("%s: got a mean difference of %.2f, up to %d", name, mean, most)
	}
}
