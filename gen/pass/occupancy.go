package pass

import (
	"slices"
	"sort"
)

// occupancy records which bytes are taken in which phases. It is a segment tree over the phases. So
// a long life is entered at O(log n) nodes, and a gap for one is found there. Node 1 is the root,
// nodes 2i and 2i+1 are the halves of node i, and the leaves are the phases.
type occupancy struct {
	leaves int
	whole  []spanSet // of each node: what is taken in all of its phases
	some   []spanSet // what is taken in one of them or more
	placed int       // calls of place
	passed []int     // of each node: the last call that has passed it on its way to the root

	cover, above []int     // of a call: the nodes of its phases, and those above them
	sets         []spanSet // what its bytes must not meet
}

func newOccupancy(phases int) *occupancy {
	leaves := 1
	for leaves < phases {
		leaves *= 2
	}
	return &occupancy{
		leaves: leaves,
		whole:  make([]spanSet, 2*leaves), some: make([]spanSet, 2*leaves), passed: make([]int, 2*leaves),
	}
}

// place takes size bytes in the phases from first to last, at the lowest offset that is free in all
// of them.
func (o *occupancy) place(first, last int, size int64) int64 {
	o.find(first, last)
	offset := lowest(o.sets, size)
	taken := span{offset, offset + size}
	for _, node := range o.cover {
		o.whole[node].add(taken)
		o.some[node].add(taken)
	}
	for _, node := range o.above {
		o.some[node].add(taken)
	}
	return offset
}

// find sets the nodes that together cover the phases from first to last, the nodes above them, and
// the bytes taken in one of these phases.
func (o *occupancy) find(first, last int) {
	o.cover, o.above, o.sets = o.cover[:0], o.above[:0], o.sets[:0]
	for l, r := first+o.leaves, last+o.leaves+1; l < r; l, r = l/2, r/2 {
		if l%2 == 1 {
			o.cover = append(o.cover, l)
			l++
		}
		if r%2 == 1 {
			r--
			o.cover = append(o.cover, r)
		}
	}
	o.placed++
	for _, node := range o.cover {
		o.sets = append(o.sets, o.some[node])
		for up := node / 2; up > 0 && o.passed[up] < o.placed; up /= 2 {
			o.passed[up] = o.placed
			o.above = append(o.above, up)
			o.sets = append(o.sets, o.whole[up])
		}
	}
}

// lowest returns the lowest offset at which size bytes meet none of the sets.
func lowest(sets []spanSet, size int64) int64 {
	offset := int64(0)
	for moved := true; moved; {
		moved = false
		for _, set := range sets {
			for _, s := range set[set.after(offset):] {
				if s.from >= offset+size {
					break
				}
				offset, moved = s.to, true
			}
		}
	}
	return offset
}

// span is the bytes [from, to).
type span struct{ from, to int64 }

// spanSet is spans in order that neither meet nor touch.
type spanSet []span

// after returns the index of the first span that ends after the offset.
func (s spanSet) after(offset int64) int {
	return sort.Search(len(s), func(i int) bool { return s[i].to > offset })
}

// add adds a span, joined with those that it meets or touches.
func (s *spanSet) add(n span) {
	i := s.after(n.from - 1)
	j := i
	for ; j < len(*s) && (*s)[j].from <= n.to; j++ {
		n = span{min(n.from, (*s)[j].from), max(n.to, (*s)[j].to)}
	}
	*s = slices.Replace(*s, i, j, n)
}
