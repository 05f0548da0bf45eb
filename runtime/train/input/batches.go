// Package input prepares the batches of a training, each during the step before it, and measures
// what that costs.
package input

import (
	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// Batch is prepared images with their labels.
type Batch struct {
	Images []float32
	Labels []int32
}

// NewBatch returns room for n images of so many values.
func NewBatch(n, size int) *Batch {
	return &Batch{Images: make([]float32, n*size), Labels: make([]int32, n)}
}

// Batches prepares a run's training batches, each while the step before it runs. What a step's
// batch holds is a function of the set, the seed, the augmentation and the step. A short rest of an
// epoch is dropped.
type Batches struct {
	set     *dataset.Set
	augment dataset.Augment
	seed    uint64
	n       int       // images of a batch
	share   par.Range // of a batch, those that are prepared; the labels are there of all
	epoch   int       // whose order this is
	order   []int32
	free    chan *Batch
	ready   chan *Batch
	quit    chan struct{}
}

// StepsPerEpoch returns how many batches of at most n images an epoch has: one, if the set is
// smaller than that.
func StepsPerEpoch(set *dataset.Set, n int) int { return max(set.Len()/n, 1) }

// New begins to prepare a share of each batch from a step on.
func New(set *dataset.Set, augment dataset.Augment, seed uint64, n, step int, share par.Range) *Batches {
	b := &Batches{
		set: set, augment: augment, seed: seed, n: min(n, set.Len()), share: share, epoch: -1,
		free: make(chan *Batch, 2), ready: make(chan *Batch, 2), quit: make(chan struct{}),
	}
	for range cap(b.free) {
		b.free <- NewBatch(b.n, set.Size())
	}
	go b.prepare(step)
	return b
}

func (b *Batches) prepare(step int) {
	for ; ; step++ {
		select {
		case next := <-b.free:
			b.fill(next, step)
			b.ready <- next
		case <-b.quit:
			return
		}
	}
}

func (b *Batches) fill(to *Batch, step int) {
	perEpoch := StepsPerEpoch(b.set, b.n)
	if epoch := step / perEpoch; epoch != b.epoch {
		b.order, b.epoch = dataset.Order(b.set.Len(), b.seed, epoch), epoch
	}
	size := b.set.Size()
	for i, index := range b.order[step%perEpoch*b.n:][:b.n] {
		if b.share.First <= i && i < b.share.End {
			b.set.Train(to.Images[i*size:][:size], int(index), b.augment, b.seed, b.epoch)
		}
		to.Labels[i] = b.set.Labels[index]
	}
}

// Next returns the next batch, which Done gives back.
func (b *Batches) Next() *Batch { return <-b.ready }

// Release returns a batch for reuse.
func (b *Batches) Release(used *Batch) { b.free <- used }

// Close ends the preparation.
func (b *Batches) Close() { close(b.quit) }
