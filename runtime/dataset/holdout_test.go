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
