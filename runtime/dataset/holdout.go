package dataset

import (
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/rng"
)

// HoldOut takes n images out of a training set, chosen by the seed, to validate with. Both parts keep the set's order.
func (s *Set) HoldOut(n int, seed uint64) (rest, held *Set, err error) {
	if n < 1 || n >= s.Len() {
		return nil, nil, fmt.Errorf("validation: got %d images, want 1 to %d of the %d for training", n, s.Len()-1, s.Len())
	}
	order := make([]int32, s.Len())
	stream := rng.New(seed, "hold out")
	stream.Perm(order)
	chosen := make([]bool, s.Len())
	for _, i := range order[:n] {
		chosen[i] = true
	}
	return s.where(chosen, false), s.where(chosen, true), nil
}

// where copies the images for which chosen is want.
func (s *Set) where(chosen []bool, want bool) *Set {
	part := *s
	part.Images, part.Labels = nil, nil
	for i, is := range chosen {
		if is == want {
			part.Images, part.Labels = append(part.Images, s.Image(i)...), append(part.Labels, s.Labels[i])
		}
	}
	return &part
}
