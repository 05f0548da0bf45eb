package pass

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestOccupancy compares each place with the lowest one that is free, found by looking at
// everything placed before.
func TestOccupancy(t *testing.T) {
	type block struct {
		first, last int
		from, to    int64
	}
	rapid.Check(t, func(t *rapid.T) {
		phases := rapid.IntRange(1, 40).Draw(t, "phases")
		o := newOccupancy(phases)
		var placed []block
		for range rapid.IntRange(1, 60).Draw(t, "blocks") {
			first := rapid.IntRange(0, phases-1).Draw(t, "first")
			last := rapid.IntRange(first, phases-1).Draw(t, "last")
			size := rapid.Int64Range(1, 9).Draw(t, "size")
			want := int64(0)
			for free := false; !free; {
				free = !slices.ContainsFunc(placed, func(b block) bool {
					clash := b.first <= last && first <= b.last && b.from < want+size && want < b.to
					if clash {
						want++
					}
					return clash
				})
			}
			if got := o.place(first, last, size); got != want {
				t.Fatalf("%d bytes in phases %d to %d after %v: got them at %d, want them at %d", size, first, last, placed, got, want)
			}
			placed = append(placed, block{first, last, want, want + size})
		}
	})
}
