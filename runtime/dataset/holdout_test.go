package dataset

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// TestHoldOut parts a set by the seed alone, and loses none.
func TestHoldOut(t *testing.T) {
	s := &Set{Name: "numbers", Height: 1, Width: 2, Channels: 1, Classes: 50}
	for i := range 50 {
		s.Images, s.Labels = append(s.Images, byte(i), byte(2*i)), append(s.Labels, int32(i))
	}
	rest, held, err := s.HoldOut(5, 1)
	if err != nil || rest.Len() != 45 || held.Len() != 5 || rest.Name != "numbers" {
		t.Fatalf("got %v and %v, error %v", rest, held, err)
	}
	for _, part := range []*Set{rest, held} {
		if !slices.IsSorted(part.Labels) {
			t.Errorf("got labels %d, want the set's order", part.Labels)
		}
		for i, l := range part.Labels {
			if !bytes.Equal(part.Image(i), []byte{byte(l), byte(2 * l)}) {
				t.Errorf("label %d: got image %d", l, part.Image(i))
			}
		}
	}
	all := slices.Sorted(slices.Values(append(slices.Clone(rest.Labels), held.Labels...)))
	if !slices.Equal(all, s.Labels) {
		t.Errorf("got %d in both parts, want each once", all)
	}
	_, again, _ := s.HoldOut(5, 1)
	_, other, _ := s.HoldOut(5, 2)
	if !slices.Equal(held.Labels, again.Labels) || slices.Equal(held.Labels, other.Labels) {
		t.Errorf("got %d, then %d, with another seed %d", held.Labels, again.Labels, other.Labels)
	}
	for _, n := range []int{0, -1, 50} {
		if _, _, err := s.HoldOut(n, 1); err == nil || !strings.Contains(err.Error(), "want 1 to 49") {
			t.Errorf("%d: got error %v", n, err)
		}
	}
}

// TestStratified holds that each class gives its share of the images held out, rounded up or down,
// and no class its last image where others have more.
func TestStratified(t *testing.T) {
	for name, c := range map[string]struct {
		sizes []int
		n     int
	}{
		"even":                {[]int{20, 20, 20}, 6},
		"30 of 55":            {[]int{40, 10, 5}, 30},
		"rare classes":        {[]int{100, 3, 3, 1}, 11},
		"many single images":  {[]int{10, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 2},
		"all but one":         {[]int{5, 5}, 9},
		"a class without any": {[]int{7, 0, 5}, 4},
	} {
		s := &Set{Height: 1, Width: 1, Channels: 1, Classes: len(c.sizes)}
		for class, size := range c.sizes {
			for range size {
				s.Images, s.Labels = append(s.Images, byte(s.Len())), append(s.Labels, int32(class))
			}
		}
		for seed := range uint64(20) {
			rest, held, err := s.HoldOut(c.n, seed)
			if err != nil || held.Len() != c.n || rest.Len() != s.Len()-c.n {
				t.Fatalf("%s: got %v and %v, error %v", name, rest, held, err)
			}
			for class, size := range c.sizes {
				got := 0
				for _, l := range held.Labels {
					if int(l) == class {
						got++
					}
				}
				if low := c.n * size / s.Len(); got < low || got > low+1 {
					t.Errorf("%s, seed %d: got %d of class %d, want %d or one more", name, seed, got, class, low)
				}
				if size > 0 && got == size && c.n < s.Len()-len(c.sizes) {
					t.Errorf("%s, seed %d: got all %d images of class %d held out", name, seed, size, class)
				}
			}
		}
	}
}

// TestUnstratified holds the images that runs of the first version have held out.
func TestUnstratified(t *testing.T) {
	s := &Set{Height: 1, Width: 1, Channels: 1, Classes: 1}
	for i := range 20 {
		s.Images, s.Labels = append(s.Images, byte(i)), append(s.Labels, 0)
	}
	_, held, err := s.HoldOutUnstratified(4, 3)
	if want := []byte{9, 10, 11, 19}; err != nil || !bytes.Equal(held.Images, want) {
		t.Errorf("got %d, error %v, want %d", held.Images, err, want)
	}
}

// TestDefaultHoldOut is a tenth of a folder of images, and nothing of another set.
func TestDefaultHoldOut(t *testing.T) {
	for n, want := range map[int]int{1: 0, 2: 1, 14: 1, 15: 2, 100: 10} {
		s := &Set{Height: 1, Width: 1, Channels: 1, Labels: make([]int32, n), ByName: true}
		if got := s.DefaultHoldOut(); got != want {
			t.Errorf("%d images: got %d, want %d", n, got, want)
		}
		if s.ByName = false; s.DefaultHoldOut() != 0 {
			t.Errorf("%d images of a published set: got %d, want 0", n, s.DefaultHoldOut())
		}
	}
}
