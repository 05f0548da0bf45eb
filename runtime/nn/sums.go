package nn

import "github.com/resnetgen/resnetgen/runtime/abi"

// Sums is where the groups of a batch gather a norm's per-channel sums, in float64. A network has one,
// wide enough for its widest norm: it is free again once the norm has been finished.
type Sums struct {
	groups [abi.Groups]groupSums
}

// groupSums are one group's sums over the images it has seen.
type groupSums struct {
	pixels float64      // of all images so far
	first  []float64    // mean, or Σ dz
	second []float64    // Σ (x−mean)², or Σ dz·(x−mean)
	image  [2][]float32 // the sums of one image
	_      [24]byte     // keeps the groups of two workers off one cache line
}

// NewSums lays the sums for norms of at most the given number of channels out in memory:
// [abi.Groups][2][channels] float64, then as many float32.
func NewSums(wide []float64, narrow []float32, channels int) *Sums {
	s := &Sums{}
	for g := range s.groups {
		at := func(i int) int { return (2*g + i) * channels }
		s.groups[g] = groupSums{
			first:  wide[at(0):at(1):at(1)],
			second: wide[at(1):at(2):at(2)],
			image:  [2][]float32{narrow[at(0):at(1):at(1)], narrow[at(1):at(2):at(2)]},
		}
	}
	return s
}

// group returns the sums of group g.
func (s *Sums) group(g int) *groupSums { return &s.groups[g] }

func (s *Sums) clear() {
	for g := range s.groups {
		s.groups[g].pixels = 0
		clear(s.groups[g].first)
		clear(s.groups[g].second)
	}
}

// addMoments merges one image of the given pixels, whose moments about shift are Σ(x−shift) and
// Σ(x−shift)², into mean and Σ(x−mean)².
//
// Source: Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample
// Variances", 1979, equations 2.1.
func (s *groupSums) addMoments(shift, sum, square []float32, pixels int) {
	count := float64(pixels)
	share := count / (s.pixels + count)
	weight := s.pixels * share
	for c, total := range sum {
		offset := float64(total) / count
		m2 := max(float64(square[c])-float64(float64(total)*offset), 0)
		delta := float64(shift[c]) + offset - s.first[c]
		s.first[c] += float64(delta * share)
		s.second[c] += m2 + float64(float64(delta*delta)*weight)
	}
	s.pixels += count
}

// addGradient adds the sums of one image.
func (s *groupSums) addGradient(sum, dot []float32) {
	for c := range sum {
		s.first[c] += float64(sum[c])
		s.second[c] += float64(dot[c])
	}
}

// combineMoments merges the groups of a batch and returns, for each channel, the mean and Σ(x−mean)².
func (s *Sums) combineMoments(b *Batch, channels int) (mean, m2 []float64) {
	return s.combine(b, channels, func(left, right int) {
		l, r := &s.groups[left], &s.groups[right]
		share := r.pixels / (l.pixels + r.pixels)
		weight := l.pixels * share
		for c := range channels {
			delta := r.first[c] - l.first[c]
			l.first[c] += float64(delta * share)
			l.second[c] += r.second[c] + float64(float64(delta*delta)*weight)
		}
		l.pixels += r.pixels
	})
}

// combineGradient adds the groups of a batch up.
func (s *Sums) combineGradient(b *Batch, channels int) (sum, dot []float64) {
	return s.combine(b, channels, func(left, right int) {
		l, r := &s.groups[left], &s.groups[right]
		for c := range channels {
			l.first[c] += r.first[c]
			l.second[c] += r.second[c]
		}
	})
}

// combine joins the groups of a batch, those of other ranks too, unless each has its own norms.
func (s *Sums) combine(b *Batch, channels int, join func(left, right int)) (first, second []float64) {
	groups := b.groups()
	root := subtree(b.N, groups.First, groups.End, 1, join)
	if r := b.ranks; r != nil && !r.localNorms {
		r.gather(1+2*channels, func(to []float64) {
			from := &s.groups[root]
			to[0] = from.pixels
			copy(to[1:], from.first[:channels])
			copy(to[1+channels:], from.second[:channels])
		}, func(group int, from []float64) {
			to := &s.groups[group]
			to.pixels = from[0]
			copy(to.first[:channels], from[1:])
			copy(to.second[:channels], from[1+channels:])
		})
		root = r.treeOverRanks(b.N, join)
	}
	return s.groups[root].first, s.groups[root].second
}
