package par

// Range is a run of images, or of other things that work is cut into: [First, End).
type Range struct{ First, End int }

// Part is one worker's share of work that is split evenly.
type Part struct{ Index, Of int }

// Range returns the pieces of n that are p's.
func (p Part) Range(n int) Range { return Range{n * p.Index / p.Of, n * (p.Index + 1) / p.Of} }
