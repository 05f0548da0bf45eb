package dataset

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/resnetgen/resnetgen/runtime/rng"
)

// validationShare is the share of the training images that are held out for validation where a set
// of one's own has no part for it: one in so many.
const validationShare = 10

// DefaultHoldOut returns how many images of a training set are held out for validation unless the
// user says so: a tenth, rounded, at least one. It is 0 for a set that is no folder of images: a
// published set is evaluated as it was published.
func (s *Set) DefaultHoldOut() int {
	if !s.ByName || s.Len() < 2 {
		return 0
	}
	return max((s.Len()+validationShare/2)/validationShare, 1)
}

// HoldOut takes n images out of a training set, chosen by the seed, to validate with. Each class
// gives its share of them, rounded up or down. Both parts keep the set's order.
func (s *Set) HoldOut(n int, seed uint64) (rest, held *Set, err error) {
	if err := s.checkHoldOut(n); err != nil {
		return nil, nil, err
	}
	byClass := indices(s.Labels)
	chosen := make([]bool, s.Len())
	for class, count := range shares(byClass, n, s.Len(), seed) {
		own := byClass[class]
		for _, k := range permutation(len(own), seed, "stratified hold out", uint64(class))[:count] {
			chosen[own[k]] = true
		}
	}
	return s.where(chosen, false), s.where(chosen, true), nil
}

// HoldOutUnstratified is the [Set.HoldOut] of runs that were begun before it regarded classes.
func (s *Set) HoldOutUnstratified(n int, seed uint64) (rest, held *Set, err error) {
	if err := s.checkHoldOut(n); err != nil {
		return nil, nil, err
	}
	chosen := make([]bool, s.Len())
	for _, i := range permutation(s.Len(), seed, "hold out")[:n] {
		chosen[i] = true
	}
	return s.where(chosen, false), s.where(chosen, true), nil
}

func (s *Set) checkHoldOut(n int) error {
	if n < 1 || n >= s.Len() {
		return fmt.Errorf("validation: got %d images, want 1 to %d of the %d for training", n, s.Len()-1, s.Len())
	}
	return nil
}

// indices returns the indices of each class's images.
func indices(labels []int32) map[int32][]int {
	byClass := map[int32][]int{}
	for i, l := range labels {
		byClass[l] = append(byClass[l], i)
	}
	return byClass
}

// shares deals n of total images out to the classes, by largest remainder. Ties go by the seed, and
// a class gives its last image only where all others have given.
func shares(byClass map[int32][]int, n, total int, seed uint64) map[int32]int {
	type share struct {
		class     int32
		last      int // 1: one more would be the class's last image
		remainder int // of n·images/total, in parts of total
		tie       int32
	}
	counts := map[int32]int{}
	var all []share
	left := n
	ties := permutation(len(byClass), seed, "ties of the hold out")
	classes := make([]int32, 0, len(byClass))
	for class := range byClass {
		classes = append(classes, class)
	}
	slices.Sort(classes)
	for i, class := range classes {
		images := len(byClass[class])
		counts[class] = n * images / total
		left -= counts[class]
		s := share{class: class, remainder: n * images % total, tie: ties[i]}
		if counts[class]+1 >= images {
			s.last = 1
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b share) int {
		return cmp.Or(cmp.Compare(a.last, b.last), cmp.Compare(b.remainder, a.remainder), cmp.Compare(a.tie, b.tie))
	})
	for _, s := range all[:left] {
		counts[s.class]++
	}
	return counts
}

func permutation(n int, seed uint64, purpose string, counters ...uint64) []int32 {
	order := make([]int32, n)
	stream := rng.New(seed, purpose, counters...)
	stream.Perm(order)
	return order
}

// testShare is the share of a class's images that is for testing where a folder has no part for it:
// one in so many.
const testShare = 10

// chooseForTest chooses one in ten images of each class by the seed.
func chooseForTest(labels []int32, seed uint64) []bool {
	chosen := make([]bool, len(labels))
	for class, own := range indices(labels) {
		for _, k := range permutation(len(own), seed, "split", uint64(class))[:len(own)/testShare] {
			chosen[own[k]] = true
		}
	}
	return chosen
}

// where copies the images for which chosen is want.
func (s *Set) where(chosen []bool, want bool) *Set {
	part := *s
	n := 0
	for _, is := range chosen {
		if is == want {
			n++
		}
	}
	part.Images, part.Labels = make([]byte, 0, n*s.Size()), make([]int32, 0, n)
	for i, is := range chosen {
		if is == want {
			part.Images, part.Labels = append(part.Images, s.Image(i)...), append(part.Labels, s.Labels[i])
		}
	}
	return &part
}
