package train

import "time"

// Pace is the speed of a training: images a second, of the steps since it was last asked.
type Pace struct {
	images int
	taken  time.Duration
}

// Add counts a step.
func (p *Pace) Add(images int, took time.Duration) {
	p.images += images
	p.taken += took
}

// Taken is how long the steps since the last Rate took.
func (p *Pace) Taken() time.Duration { return p.taken }

// Rate returns the images a second since the last call.
func (p *Pace) Rate() float64 {
	rate := float64(p.images) / max(p.taken.Seconds(), 1e-9)
	p.images, p.taken = 0, 0
	return rate
}
