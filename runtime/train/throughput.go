package train

import "time"

// Throughput measures a training in images per second, over the steps since Rate was last called.
type Throughput struct {
	images int
	taken  time.Duration
}

// Add counts a step.
func (p *Throughput) Add(images int, took time.Duration) {
	p.images += images
	p.taken += took
}

// Taken is how long the steps since the last Rate took.
func (p *Throughput) Elapsed() time.Duration { return p.taken }

// Rate returns the images a second since the last call.
func (p *Throughput) Rate() float64 {
	rate := float64(p.images) / max(p.taken.Seconds(), 1e-9)
	p.images, p.taken = 0, 0
	return rate
}
