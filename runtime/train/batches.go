package train

import (
	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// batch is prepared images with their labels.
type batch struct {
	images []float32
	labels []int32
}

func newBatch(n, size int) *batch {
	return &batch{images: make([]float32, n*size), labels: make([]int32, n)}
}

// batches prepares a run's training batches, each while the step before it runs. What a step's batch holds is
// a function of the set, the seed, the augmentation and the step. A short rest of an epoch is dropped.
type batches struct {
	set     *dataset.Set
	augment dataset.Augment
	seed    uint64
	n       int       // images of a batch
	share   par.Range // of a batch, those that are prepared; the labels are there of all
	epoch   int       // whose order this is
	order   []int32
	free    chan *batch
	ready   chan *batch
	quit    chan struct{}
}

// stepsPerEpoch returns how many batches of at most n images an epoch has: one, if the set is smaller than that.
func stepsPerEpoch(set *dataset.Set, n int) int { return max(set.Len()/n, 1) }

// newBatches begins to prepare a share of each batch from a step on.
func newBatches(set *dataset.Set, augment dataset.Augment, seed uint64, n, step int, share par.Range) *batches {
	b := &batches{
		set: set, augment: augment, seed: seed, n: min(n, set.Len()), share: share, epoch: -1,
		free: make(chan *batch, 2), ready: make(chan *batch, 2), quit: make(chan struct{}),
	}
	for range cap(b.free) {
		b.free <- newBatch(b.n, set.Size())
	}
	go b.prepare(step)
	return b
}

func (b *batches) prepare(step int) {
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

func (b *batches) fill(to *batch, step int) {
	perEpoch := stepsPerEpoch(b.set, b.n)
	if epoch := step / perEpoch; epoch != b.epoch {
		b.order, b.epoch = dataset.Order(b.set.Len(), b.seed, epoch), epoch
	}
	size := b.set.Size()
	for i, index := range b.order[step%perEpoch*b.n:][:b.n] {
		if b.share.First <= i && i < b.share.End {
			b.set.Train(to.images[i*size:][:size], int(index), b.augment, b.seed, b.epoch)
		}
		to.labels[i] = b.set.Labels[index]
	}
}

// next returns the next batch, which done gives back.
func (b *batches) next() *batch     { return <-b.ready }
func (b *batches) done(used *batch) { b.free <- used }

// close ends the preparation.
func (b *batches) close() { close(b.quit) }
