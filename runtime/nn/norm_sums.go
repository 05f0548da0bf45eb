package nn

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// Sums are a norm's sums for each channel and group of images, in float64. All norms of a network
// share one: it is free again after [Norm.Finish] or [Norm.FinishGradient].
type Sums struct {
	groups [abi.Groups]groupSums
}

// Generated code reserves the memory that package f32 takes.
var _ = [1]struct{}{}[abi.PixelSums-f32.PixelSumsLen]

// groupSums are one group's sums over the images it has seen.
type groupSums struct {
	pixels float64   // of all images so far
	first  []float64 // mean, or Σ dz
	second []float64 // Σ (x−mean)², or Σ dz·(x−mean)
	image  []float32 // the memory of the sums of one image
	_      [48]byte  // keeps the groups of two workers off one cache line
}

// NewSums lays the sums for norms of at most the given number of channels out in memory:
// [abi.Groups][2][channels] float64, then [abi.Groups][f32.PixelSumsLen][channels] float32.
func NewSums(wide []float64, narrow []float32, channels int) *Sums {
	s := &Sums{}
	for g := range s.groups {
		at := func(i int) int { return (2*g + i) * channels }
		s.groups[g] = groupSums{
			first:  wide[at(0):at(1):at(1)],
			second: wide[at(1):at(2):at(2)],
			image:  narrow[g*f32.PixelSumsLen*channels:][:f32.PixelSumsLen*channels],
		}
	}
	return s
}

// group returns the sums of group g.
func (s *Sums) group(g int) *groupSums { return &s.groups[g] }

// newImage begins the sums of an image.
func (s *groupSums) newImage(channels int) f32.PixelSums {
	return f32.NewPixelSums(s.image[:f32.PixelSumsLen*channels], channels)
}

func (s *Sums) clear() {
	for g := range s.groups {
		s.groups[g].pixels = 0
		clear(s.groups[g].first)
		clear(s.groups[g].second)
	}
}

// addMoments merges one image of the given pixels, whose moments about its first pixel are
// Σ(x−shift) and Σ(x−shift)², into mean and Σ(x−mean)².
//
// Source: Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample
// Variances", 1979, equations 2.1.
func (s *groupSums) addMoments(image *f32.PixelSums, pixels int) {
	sum, square, shift := image.Totals()
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
func (s *groupSums) addGradient(image *f32.PixelSums) {
	sum, dot, _ := image.Totals()
	for c := range sum {
		s.first[c] += float64(sum[c])
		s.second[c] += float64(dot[c])
	}
}

// joinMoments merges the means and Σ(x−mean)² of r into l.
func joinMoments(l, r *groupSums, channels int) {
	share := r.pixels / (l.pixels + r.pixels)
	weight := l.pixels * share
	for c := range channels {
		delta := r.first[c] - l.first[c]
		l.first[c] += float64(delta * share)
		l.second[c] += r.second[c] + float64(float64(delta*delta)*weight)
	}
	l.pixels += r.pixels
}

// joinGradients adds the sums of r to l.
func joinGradients(l, r *groupSums, channels int) {
	for c := range channels {
		l.first[c] += r.first[c]
		l.second[c] += r.second[c]
	}
}

// reduction combines a norm's groups, then finishes the norm.
type reduction struct {
	join func(l, r *groupSums, channels int)
	then func(n *Norm, b *Batch, all *groupSums)
}

// combine combines a norm's sums over the groups of a batch. If several ranks share the norms, it
// begins to exchange their sums: [rankGroup.complete] does the rest.
func (c reduction) combine(n *Norm, b *Batch) {
	groups := b.groups()
	root := n.Sums.join(b, groups, 1, len(n.Gamma), c.join)
	if r := b.ranks; r != nil && !r.localNorms {
		r.begin(n, b, c, root)
		return
	}
	c.then(n, b, root)
}

// join combines runs of leaf groups along their tree, and returns the group that holds the result.
func (s *Sums) join(b *Batch, groups par.Range, leaf, channels int, join func(l, r *groupSums, channels int)) *groupSums {
	return &s.groups[subtree(b.N, groups.First, groups.End, leaf, func(left, right int) {
		join(&s.groups[left], &s.groups[right], channels)
	})]
}

// put writes the sums of so many channels as numbers for other ranks.
func (s *groupSums) put(to []float64, channels int) {
	to[0] = s.pixels
	copy(to[1:], s.first[:channels])
	copy(to[1+channels:], s.second[:channels])
}

// take reads what put has written.
func (s *groupSums) take(from []float64, channels int) {
	s.pixels = from[0]
	copy(s.first[:channels], from[1:])
	copy(s.second[:channels], from[1+channels:])
}
