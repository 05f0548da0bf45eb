// Package distributed joins the processes (ranks) that share a training: which one leads, and what
// they exchange besides the sums of a step.
package distributed

import (
	"slices"
	"time"

	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// Group is the processes that train one network together, as one of them sees them: its ranks. Rank
// 0 leads: it alone reads and writes the run's folder and tells how the run goes. All have the
// data. A nil Group is one process alone.
type Group struct {
	Link       Link
	LocalNorms bool    // see [network.Options]
	FastSums   bool    // likewise
	Scale      float64 // of the learning rate

	states []RankState
	waited time.Duration // before this step
	own    []float64     // Gather's
	all    []float64
}

// Link is what a run needs of the link between ranks.
type Link interface {
	network.Link
	// Names returns a name for each rank: host and process.
	Names() []string
	// Waited returns how long this rank has waited for others, so far.
	Waited() time.Duration
	// Close returns when all ranks have called it, and ends the link.
	Close()
}

// RankState is how a rank fared in a step.
type RankState struct {
	Name   string // host and process
	Took   time.Duration
	Waited time.Duration // of Took, for the others
}

// Leads says whether this process reads and writes.
func (g *Group) Leads() bool { return g == nil || g.Link.Rank() == 0 }

// Size returns the number of processes.
func (g *Group) Size() int {
	if g == nil {
		return 1
	}
	return g.Link.Size()
}

// Gather returns the ranks' numbers, one after the other, valid until the next call.
func (g *Group) Gather(own ...float64) []float64 {
	if n := len(own) * g.Link.Size(); cap(g.all) < n {
		g.own, g.all = make([]float64, 0, len(own)), make([]float64, n)
	}
	g.own, g.all = append(g.own[:0], own...), g.all[:len(own)*g.Link.Size()]
	g.Link.Gather(g.all, g.own)
	return g.all
}

// Any reports whether a condition holds on any rank.
func (g *Group) Any(own bool) bool {
	if g == nil {
		return own
	}
	number := 0.0
	if own {
		number = 1
	}
	return slices.Contains(g.Gather(number), 1)
}

// GatherStates exchanges the ranks' times of a step.
func (g *Group) GatherStates(took time.Duration) []RankState {
	waited := g.Link.Waited()
	all := g.Gather(took.Seconds(), (waited - g.waited).Seconds())
	g.waited = g.Link.Waited()
	if g.states == nil {
		for _, name := range g.Link.Names() {
			g.states = append(g.states, RankState{Name: name})
		}
	}
	for rank := range g.states {
		g.states[rank].Took, g.states[rank].Waited = seconds(all[2*rank]), seconds(all[2*rank+1])
	}
	return g.states
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// Share returns the images of a batch of n that are this rank's.
func (g *Group) Share(n int) par.Range {
	if g == nil {
		return par.Range{First: 0, End: n}
	}
	return network.RankImages(n, g.Link.Rank(), g.Size())
}
