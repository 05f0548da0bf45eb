package input

import (
	"slices"
	"time"

	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// Times are those of training steps, waits for their batches included.
type Times struct {
	Prepared []time.Duration // each on the next batch of a run, prepared beside the steps
	Repeated []time.Duration // all on one batch
}

// Measure trains in rounds of so many steps on prepared batches, then as many on one that is
// repeated: so what the machine does besides falls on both. Two steps of each are not counted: what
// the other has left lies ready, or is still being prepared.
func Measure(info *network.Info, net network.Network, set *dataset.Set, augment dataset.Augment, rounds, steps int) Times {
	const uncounted, rate = 2, 0.01
	n := min(info.Batch, set.Len())
	source := New(set, augment, 1, n, 0, par.Range{First: 0, End: n})
	defer source.Close()
	kept := source.Next()
	images, labels := slices.Clone(kept.Images), slices.Clone(kept.Labels)
	source.Release(kept)
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
	t := Times{}
	for range rounds {
		t.Prepared = timed(t.Prepared, func() {
			b := source.Next()
			net.TrainStep(b.Images, b.Labels, rate)
			source.Release(b)
		})
		t.Repeated = timed(t.Repeated, func() { net.TrainStep(images, labels, rate) })
	}
	return t
}
