package cli

import (
	"github.com/spf13/pflag"

	"github.com/resnetgen/resnetgen/runtime/train"
	"github.com/resnetgen/resnetgen/runtime/train/distributed"
	"github.com/resnetgen/resnetgen/runtime/train/watch"
)

// Part is an opt-in part of a trainer, such as its dashboard: it adds flags to the train command
// and observes runs. A trainer links the parts that it was generated with, and no other.
type Part interface {
	// Flags adds the part's flags.
	Flags(*pflag.FlagSet)
	// Observer returns who observes a run under these flags, or nil. An error says what is wrong
	// with the flags.
	Observer() (train.Observer, error)
}

// ScalarPart is a Part that can record numbers outside of a training, too: those of an evaluator
// that watches a run.
type ScalarPart interface {
	Part
	watch.ScalarRecorder
}

// Launcher joins a trainer to the ranks that it was started with; a part of a trainer, as [Part].
type Launcher interface {
	// Flags adds the part's flags to the train command.
	Flags(*pflag.FlagSet)
	// Join returns the ranks, of which this process is one; nil: it was started alone. An error
	// says what is wrong with the flags, or, beside the ranks, between these.
	Join() (*distributed.Group, error)
}
