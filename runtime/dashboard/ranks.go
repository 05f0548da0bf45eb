package dashboard

import (
	"time"

	"github.com/resnetgen/resnetgen/runtime/train/distributed"
)

// rankRow is how a rank of a run of several processes fared since the last point.
type rankRow struct {
	Name   string  `json:"name"` // host and process
	StepMS float64 `json:"step_ms"`
	WaitMS float64 `json:"wait_ms"` // of these, for the other ranks
}

// ranks sums up how the ranks fare between two points.
type ranks struct {
	names        []string
	took, waited []time.Duration
	steps        int
}

// Ranks is a train.RankObserver's.
func (o *observer) Ranks(states []distributed.RankState) {
	r := &o.ranks
	if r.names == nil {
		for _, s := range states {
			r.names = append(r.names, s.Name)
		}
		r.took, r.waited = make([]time.Duration, len(states)), make([]time.Duration, len(states))
	}
	for i, s := range states {
		r.took[i] += s.Took
		r.waited[i] += s.Waited
	}
	r.steps++
}

// tellRanks tells the pages of the ranks, if there are any, and begins anew.
func (o *observer) tellRanks() {
	r := &o.ranks
	if r.steps == 0 {
		return
	}
	rows := make([]rankRow, len(r.names))
	for i, name := range r.names {
		mean := func(d time.Duration) float64 { return d.Seconds() * 1e3 / float64(r.steps) }
		rows[i] = rankRow{name, mean(r.took[i]), mean(r.waited[i])}
	}
	clear(r.took)
	clear(r.waited)
	r.steps = 0
	o.hub.change("ranks", rows, func(s *state) { s.Ranks = rows })
}
