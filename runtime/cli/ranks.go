package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/distributed"
	"github.com/resnetgen/resnetgen/runtime/train/recipe"
)

// ranks are the processes that a training shares; the zero value is this one alone.
type ranks struct{ *distributed.Group }

// join joins the processes that this one was started with. All but the first say nothing but what
// is wrong.
func (a *app) join() error {
	if a.Ranks == nil {
		return nil
	}
	joined, err := a.Ranks.Join()
	a.ranks.Group = joined
	if !a.ranks.Leads() {
		a.out = io.Discard
	}
	if err != nil && joined != nil {
		return distributed.CollectiveError{Err: err}
	}
	return err
}

// add makes a network's training steps those of all ranks.
func (r ranks) add(o *network.Options) {
	if r.Group != nil {
		o.Link, o.LocalNorms, o.FastSums = r.Link, r.LocalNorms, r.FastSums
	}
}

// scale scales a learning rate to the number of ranks, where the user wants that.
func (r ranks) scale(s *recipe.Schedule) {
	if r.Group != nil && r.Scale != 1 {
		*s = s.Scaled(r.Scale)
	}
}

// prefix says whose message it is.
func (r ranks) prefix() string {
	if r.Group == nil {
		return ""
	}
	return fmt.Sprintf("rank %d: ", r.Link.Rank())
}

// leave awaits the others, if they end too: with an error of one rank alone the others still wait
// for it, and whoever has started them ends them.
func (r ranks) leave(err error) {
	var agreed distributed.CollectiveError
	if r.Group != nil && (err == nil || errors.As(err, &agreed)) {
		r.Link.Close()
	}
}
