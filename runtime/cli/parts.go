package cli

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train"
	"github.com/resnetgen/resnetgen/runtime/train/distributed"
)

// watchers returns who observes a training, and who is told of it: what records it, and those of
// each part under its flags.
func (a *app) watchers(c *cobra.Command, j *journal, net network.Network, progress train.Progress) (all []train.Observer, log func(string, ...any), err error) {
	if !a.ranks.Leads() {
		return nil, nil, nil
	}
	all = append(all, &startReport{app: a, journal: j, threads: net.Threads(), progress: progress}, &recorder{journal: j, spec: a.Spec, flags: flagValues(c), machine: a.machine(net.Threads())})
	for _, p := range a.Parts {
		o, err := p.Observer()
		if err != nil {
			return nil, nil, err
		}
		if o != nil {
			all = append(all, o)
		}
	}
	return all, j.note, nil
}

// flagValues returns the values of a command's flags: given or not, since a default may change.
func flagValues(c *cobra.Command) map[string]string {
	values := map[string]string{}
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" {
			values[f.Name] = f.Value.String()
		}
	})
	return values
}

// newProgress shows a training, evaluated on the set of a name, as the journal's user wants it.
func (a *app) newProgress(j *journal, set string) train.Progress {
	if j.json != nil {
		return noProgress{} // the recorder's events are all there is
	}
	return newProgress(a.out, set)
}

// noProgress is a Progress that shows nothing.
type noProgress struct{}

func (noProgress) Start(int, int, int)                               {}
func (noProgress) Step(int, network.Metrics, float64, time.Duration) {}
func (noProgress) Evaluated(_, _ int, _ network.Metrics, _ bool)     {}
func (noProgress) Stop()                                             {}

// say prints what the journal's JSON lines say otherwise.
func (a *app) say(j *journal, format string, args ...any) error {
	if j.json != nil {
		return nil
	}
	return a.printf(format, args...)
}

// reportEnd prints how a training ended, and closes its journal.
func (a *app) reportEnd(j *journal, r train.Result, err error) error {
	defer func() {
		j.check()
		if err := j.file.close(); err != nil {
			j.outputs.Try("log.jsonl", func() error { return err })
		}
	}()
	switch {
	case errors.Is(err, train.ErrStopped):
		j.event("stopped", "step", r.Step)
		return errors.Join(a.say(j, "stopped after step %d; the same command with --resume continues\n", r.Step), distributed.CollectiveError{Err: err})
	case err != nil:
		j.failed(r.Step, err)
		return err
	}
	j.event("done", slices.Concat([]any{"step", r.Step}, accuracyEntries("", r.Accuracy), accuracyEntries("best_", r.Best),
		[]any{"best_step", r.BestStep, "checkpoint", r.Checkpoint})...)
	tested := ""
	if r.Tested {
		j.event("tested", append([]any{"step", r.TestStep}, accuracyEntries("", r.Test)...)...)
		tested = fmt.Sprintf("test accuracy %.2f %% at step %d; ", 100*r.Test, r.TestStep)
	}
	return a.say(j, "%s accuracy %.2f %%, best %.2f %% at step %d; %scheckpoint %s\n",
		r.EvalPart, 100*r.Accuracy, 100*r.Best, r.BestStep, tested, r.Checkpoint)
}

// accuracyEntries returns an event's entries for an accuracy: its key and value, and once more
// under the key of older versions.
func accuracyEntries(prefix string, accuracy float64) []any {
	return []any{prefix + "accuracy", accuracy, prefix + "precision", accuracy}
}
