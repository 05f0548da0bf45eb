package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/checkpoint/store"
	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/eval"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
	"github.com/resnetgen/resnetgen/runtime/train/watch"
)

// watchFlags are what eval takes to follow a run.
type watchFlags struct {
	run      string
	interval time.Duration
	once     bool
	log      *string
}

func (f *watchFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.run, "watch", "", "evaluate each new checkpoint in this run's folder until interrupted, instead of --checkpoint")
	c.Flags().DurationVar(&f.interval, "interval", 10*time.Second, "with --watch: how often to look for new checkpoints")
	c.Flags().BoolVar(&f.once, "once", false, "with --watch: evaluate the checkpoints so far, then exit")
	f.log = logFlag(c)
}

func (f *watchFlags) check(c *cobra.Command) error {
	changed := c.Flags().Changed
	switch {
	case changed("watch") && (changed("checkpoint") || changed("json")):
		return errors.New("--watch: got it with --checkpoint or --json, want it without; --log json prints JSON")
	case !changed("watch") && (changed("interval") || changed("once") || changed("log")):
		return errors.New("--interval, --once, --log: got one without --watch, want both")
	case f.interval < 10*time.Millisecond:
		return fmt.Errorf("--interval: got %v, want 10ms or more", f.interval)
	}
	return nil
}

// watch follows a run as the official model's evaluator does.
func (a *app) watch(ctx context.Context, net network.Network, of evalData, journal *journal, f *watchFlags, as *evalFlags) error {
	ctx, stop := untilSignal(ctx) // after a batch
	defer stop()
	var scalars []watch.ScalarRecorder
	for _, p := range a.Parts {
		if s, ok := p.(ScalarPart); ok {
			scalars = append(scalars, s)
		}
	}
	return watch.Follow(ctx, watch.Options{
		Run: runs.Folder(f.run), Interval: f.interval, Once: f.once, Scalars: scalars, Log: journal.note,
		Test: of.set, Views: as.views, Raw: as.raw,
		Evaluate: func(checkpoint string) (network.Metrics, error) { return a.evaluate(ctx, net, of, checkpoint, as) },
		OnEvaluation: func(step int, m network.Metrics, best float64) {
			journal.event("evaluated", slices.Concat([]any{"step", step}, accuracyEntries("", m.Accuracy()),
				accuracyEntries("best_", best), []any{"loss", m.Loss})...)
			if journal.json == nil {
				a.printf("step %d: accuracy %.2f %%, best accuracy %.2f %%, loss %.4f\n", //nolint:errcheck // a closed terminal
					step, 100*m.Accuracy(), 100*best, m.Loss)
			}
		},
	})
}

// evaluate runs a checkpoint on a set. A loss of NaN or Inf is an error.
func (a *app) evaluate(ctx context.Context, net network.Network, of evalData, path string, as *evalFlags) (network.Metrics, error) {
	labels, err := a.load(net, path, as.raw)
	if err != nil {
		return network.Metrics{}, err
	}
	set, err := of.set.WithLabels(labels)
	if err != nil {
		return network.Metrics{}, err
	}
	if set.Classes > a.Info.Classes {
		return network.Metrics{}, fmt.Errorf("data: %s: got labels of %d classes, want at most %d", set.Name, set.Classes, a.Info.Classes)
	}
	m, logits, err := eval.Evaluate(ctx, as.views, a.Info, net, set)
	if err != nil {
		return m, err
	}
	if math.IsNaN(m.Loss) || math.IsInf(m.Loss, 0) {
		return m, failure{fmt.Errorf("checkpoint %s: got a loss of %g on the %sset, want a finite number", path, m.Loss, of.prefix())}
	}
	if as.logits != "" {
		return m, a.writeLogits(as.logits, set, logits)
	}
	return m, nil
}

// writeLogits writes what a network makes of a set's images, with their labels.
func (a *app) writeLogits(path string, set *dataset.Set, logits []float32) error {
	labels := make([]int64, set.Len())
	for i, l := range set.Labels {
		labels[i] = int64(l)
	}
	return store.Write(path, &checkpoint.File{
		Tensors: []checkpoint.Tensor{
			{Name: "logits", Shape: []int{set.Len(), a.Info.Classes}, Float32: logits},
			{Name: "labels", Shape: []int{set.Len()}, Int64: labels},
		},
		Metadata: map[string]string{"network": a.Info.Name, "spec_sha256": a.Info.SpecHash, "data": set.Name},
	})
}
