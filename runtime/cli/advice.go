package cli

import (
	"fmt"
	"strings"

	"github.com/resnetgen/resnetgen/runtime/train"
	"github.com/resnetgen/resnetgen/runtime/train/partition"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
	"github.com/resnetgen/resnetgen/runtime/train/watch"
)

// advice is an error that says, in place of one of the training's packages, with which flags to go
// on. These packages know no flags: the errors for which there is one have types.
type advice struct {
	text string
	of   []error // what it wraps, likewise
}

func (a *advice) Error() string   { return a.text }
func (a *advice) Unwrap() []error { return a.of }

// advise returns an error with the flags that help in its text. It is for printing alone.
func advise(err error) error {
	text := err.Error()
	if advised := advised(err); advised != "" {
		text = advised
	}
	var of []error
	for _, inner := range wrapped(err) {
		advised := advise(inner)
		text = strings.Replace(text, inner.Error(), advised.Error(), 1)
		of = append(of, advised)
	}
	if text == err.Error() {
		return err
	}
	return &advice{text, of}
}

// wrapped lists the errors that an error wraps.
func wrapped(err error) []error {
	switch err := err.(type) { //nolint:errorlint // the tree is walked here
	case interface{ Unwrap() error }:
		if inner := err.Unwrap(); inner != nil {
			return []error{inner}
		}
	case interface{ Unwrap() []error }:
		return err.Unwrap()
	}
	return nil
}

// adviseAll advises on the errors among the arguments of a format.
func adviseAll(args []any) []any {
	all := make([]any, len(args))
	for i, arg := range args {
		all[i] = arg
		if err, ok := arg.(error); ok {
			all[i] = advise(err)
		}
	}
	return all
}

// advised is what an error says with flags; empty: there are none for it.
func advised(err error) string {
	switch e := err.(type) { //nolint:errorlint // advise walks the tree
	case *runs.RunExistsError:
		return e.Error() + ", or --resume to continue it"
	case *runs.NoCheckpointError:
		return e.Advise("start again without --resume, in another folder")
	case *train.SettingsMismatchError:
		return e.Advise(" (--force-settings resumes anyway)")
	case *train.FunctionMismatchError:
		return e.Error() + " (--force-settings resumes anyway)"
	case *train.TooFewStepsError:
		return e.Error() + " (--epochs, --steps)"
	case *train.CheckpointWriteError:
		return e.Advise("--resume continues from " + e.Last)
	case *train.DivergedError:
		return e.Advise(fmt.Sprintf("remove %s, which has diverged too; then --resume continues from %s", e.Diverged, e.Last))
	case *partition.DecoderError:
		return e.Advise("start a new one with --init " + e.Run)
	case partition.AllSeenError:
		return e.Error() + " (--all evaluates these)"
	case partition.NoHoldOutError:
		return e.Advise("train --validation")
	case *watch.NoRunError, *watch.NotEvaluatedError, *watch.UnreadableError:
		return "--watch: " + e.Error()
	case *watch.SettingsMismatchError:
		return "--watch: " + e.Advise("--checkpoint evaluates one checkpoint with any settings; ")
	}
	return ""
}
