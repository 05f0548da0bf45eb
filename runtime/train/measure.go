package train

import (
	"slices"
	"time"

	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// InputTimes are those of training steps, waits for their batches included.
type InputTimes struct {
	Prepared []time.Duration // each on the next batch of a run, prepared beside the steps
	Repeated []time.Duration // all on one batch
}

// MeasureInput trains in rounds of so many steps on prepared batches, then as many on one that is repeated: so what the
// machine does besides falls on both. Two steps of each are not counted: what the other has left lies ready, or is
// still being prepared.
func MeasureInput(info *network.Info, net network.Network, set *dataset.Set, augment dataset.Augment, rounds, steps int) InputTimes {
	const uncounted, rate = 2, 0.01
	n := min(info.Batch, set.Len())
	source := newBatches(set, augment, 1, n, 0, par.Range{First: 0, End: n})
	defer source.close()
	kept := source.next()
	images, labels := slices.Clone(kept.images), slices.Clone(kept.labels)
	source.done(kept)
	timed := func(times []time.Duration, step func()) []time.Duration {
		for i := range uncounted + steps {
			start := time.Now()
			step()
			if i >= uncounted {
				times = append(times, time.Since(start))
			}
		}
		return times
	}
	t := InputTimes{}
	for range rounds {
		t.Prepared = timed(t.Prepared, func() {
			b := source.next()
			net.TrainStep(b.images, b.labels, rate)
			source.done(b)
		})
		t.Repeated = timed(t.Repeated, func() { net.TrainStep(images, labels, rate) })
	}
	return t
}
