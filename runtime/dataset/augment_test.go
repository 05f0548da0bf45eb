package dataset

import (
	"slices"
	"testing"
)

// TestAlternatingFlip holds that every image is mirrored in every other epoch, and half of them in
// the first.
func TestAlternatingFlip(t *testing.T) {
	const images, epochs = 400, 5
	s := &Set{Height: 1, Width: 2, Channels: 1}
	for range images {
		s.Images = append(s.Images, 1, 2)
	}
	mirrored := func(index, epoch int) bool {
		dst := make([]float32, 2)
		s.Train(dst, index, Augment{Flip: "alternating"}, 7, epoch)
		return dst[0] > dst[1]
	}
	first := 0
	for i := range images {
		if mirrored(i, 0) {
			first++
		}
		for epoch := range epochs {
			if mirrored(i, epoch) == mirrored(i, epoch+1) {
				t.Fatalf("image %d: epochs %d and %d: got the same flip, want both", i, epoch, epoch+1)
			}
		}
	}
	if first < images*2/5 || first > images*3/5 {
		t.Errorf("first epoch: got %d of %d mirrored, want about half", first, images)
	}
}

// TestCutout holds that a square around a pixel is 0, cut off at the image's border, and all else
// as without it.
func TestCutout(t *testing.T) {
	s := numbered(5, 7, 2)
	plain, got := make([]float32, s.Size()), make([]float32, s.Size())
	s.Train(plain, 0, Augment{Flip: "none"}, 1, 0)
	for _, side := range []int{1, 2, 3, 4, 20} {
		seen := map[[2]int]bool{}
		for epoch := range 1000 {
			s.Train(got, 0, Augment{Flip: "none", Cutout: side}, 1, epoch)
			found := false
			for i := range s.Height * s.Width {
				y, x := i/s.Width, i%s.Width
				if slices.Equal(got, cutOut(s, plain, y, x, side)) {
					found = true
					seen[[2]int{y, x}] = true
				}
			}
			if !found {
				t.Fatalf("side %d: epoch %d: got %v, want a square of zeros in %v", side, epoch, got, plain)
			}
		}
		if side <= 2 && len(seen) != s.Height*s.Width {
			t.Errorf("side %d: got squares at %d places, want all %d", side, len(seen), s.Height*s.Width)
		}
	}
}

// cutOut is the definition of cutout: the square has its centre, of an even side the pixel after
// it, at (y, x).
func cutOut(s *Set, image []float32, y, x, side int) []float32 {
	out := slices.Clone(image)
	for i := range out {
		h, w := i/s.Channels/s.Width, i/s.Channels%s.Width
		if dy, dx := h-y+side/2, w-x+side/2; dy >= 0 && dy < side && dx >= 0 && dx < side {
			out[i] = 0
		}
	}
	return out
}
