package dataset

import (
	"slices"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/preprocess"
)

// numbered is a set of one image whose pixels are all different.
func numbered(height, width, channels int) *Set {
	s := &Set{Height: height, Width: width, Channels: channels, Classes: 1, Labels: []int32{0}}
	for i := range s.Size() {
		s.Images = append(s.Images, byte(i+1))
	}
	return s
}

// TestTrain holds that an augmented image is a crop of the padded image, mirrored or not, and that
// over many epochs each of them comes.
func TestTrain(t *testing.T) {
	s := numbered(3, 4, 2)
	seen := map[[3]int]bool{}
	got := make([]float32, s.Size())
	for epoch := range 2000 {
		s.Train(got, 0, Augment{Pad: 1, Flip: "random"}, 5, epoch)
		found := false
		for i := range 3 * 3 * 2 {
			top, left, mirrored := i%3-1, i/3%3-1, i/9
			if slices.Equal(got, crop(s, top, left, mirrored == 1)) {
				seen[[3]int{top, left, mirrored}] = true
				found = true
			}
		}
		if !found {
			t.Fatalf("epoch %d: got %v, want a crop of the image", epoch, got)
		}
	}
	if len(seen) != 18 {
		t.Errorf("got %d different crops, want all 18", len(seen))
	}
}

// crop is the definition of an augmentation.
func crop(s *Set, top, left int, mirrored bool) []float32 {
	image := make([]byte, 0, s.Size())
	for h := range s.Height {
		for w := range s.Width {
			y, x := h+top, w+left
			if mirrored {
				x = s.Width - 1 - w + left
			}
			for c := range s.Channels {
				v := byte(0)
				if y >= 0 && y < s.Height && x >= 0 && x < s.Width {
					v = s.Images[(y*s.Width+x)*s.Channels+c]
				}
				image = append(image, v)
			}
		}
	}
	out := make([]float32, len(image))
	preprocess.Standardizer{}.Standardize(out, image)
	return out
}

// TestTrainPlain holds that no augmentation is what evaluation sees.
func TestTrainPlain(t *testing.T) {
	s := numbered(5, 3, 3)
	a, b := make([]float32, s.Size()), make([]float32, s.Size())
	s.Train(a, 0, Augment{Flip: "none"}, 1, 1)
	s.Eval(b, 0)
	if !slices.Equal(a, b) {
		t.Errorf("got %v, want %v", a, b)
	}
}

// TestTrainAllocatesNothing holds it for both kinds of preparation and of standardization.
func TestTrainAllocatesNothing(t *testing.T) {
	s := numbered(8, 8, 3)
	dst := make([]float32, s.Size())
	for _, s.Standardizer = range []preprocess.Standardizer{{}, preprocess.NewStandardizer([]float64{0.4, 0.5, 0.6}, []float64{0.1, 0.2, 0.3})} {
		if n := testing.AllocsPerRun(50, func() {
			s.Train(dst, 0, Augment{Pad: 2, Flip: "alternating", Cutout: 3}, 1, 2)
			s.Eval(dst, 0)
		}); n != 0 {
			t.Errorf("got %g allocations, want 0", n)
		}
	}
}

// TestOrder holds that an order is a permutation, and depends on seed and epoch.
func TestOrder(t *testing.T) {
	a := Order(100, 1, 0)
	if slices.Equal(a, Order(100, 1, 1)) || slices.Equal(a, Order(100, 2, 0)) || !slices.Equal(a, Order(100, 1, 0)) {
		t.Error("got orders that do not depend on seed and epoch alone")
	}
	slices.Sort(a)
	for i, v := range a {
		if int(v) != i {
			t.Fatalf("got %d at %d", v, i)
		}
	}
}
