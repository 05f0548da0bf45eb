// Package linktest joins networks of one process as the ranks of a training, for tests.
package linktest

import (
	"fmt"
	"sync"
	"time"

	"github.com/resnetgen/resnetgen/runtime/network"
)

// New returns the links of so many ranks. Each is used by one goroutine.
func New(size int) []*Link {
	h := &hub{calls: map[call]*gathered{}}
	h.arrived.L = &h.mutex
	links := make([]*Link, size)
	for rank := range links {
		links[rank] = &Link{hub: h, rank: rank, size: size, count: map[kind]int{}}
	}
	return links
}

// Each does the same on so many ranks at once.
func Each(size int, do func(rank int, link *Link)) {
	var ranks sync.WaitGroup
	for rank, link := range New(size) {
		ranks.Go(func() { do(rank, link) })
	}
	ranks.Wait()
}

// Link is one rank's network.Link, and what a trainer needs of one besides.
type Link struct {
	hub        *hub
	rank, size int
	count      map[kind]int
	begun      []func() // what ends each exchange
	pending    []call
}

type kind string

// call is the n-th of a kind, which all ranks make.
type call struct {
	kind kind
	n    int
}

// gathered are the ranks' copies of what a call is given.
type gathered struct {
	wide   [][]float64
	narrow [][]float32
	ranks  int // that have come
}

type hub struct {
	mutex   sync.Mutex
	arrived sync.Cond
	calls   map[call]*gathered
}

// arrive hands in what a rank gives to its next call of a kind.
func (l *Link) arrive(k kind, wide []float64, narrow []float32) call {
	h := l.hub
	h.mutex.Lock()
	defer h.mutex.Unlock()
	c := call{k, l.count[k]}
	l.count[k]++
	g := h.calls[c]
	if g == nil {
		g = &gathered{make([][]float64, l.size), make([][]float32, l.size), 0}
		h.calls[c] = g
	}
	g.wide[l.rank] = append([]float64(nil), wide...)
	g.narrow[l.rank] = append([]float32(nil), narrow...)
	g.ranks++
	h.arrived.Broadcast()
	return c
}

// await returns what all ranks have given to a call.
func (l *Link) await(c call) *gathered {
	h := l.hub
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for h.calls[c].ranks < l.size {
		h.arrived.Wait()
	}
	return h.calls[c]
}

// Rank is an network.Link's, as are the methods below.
func (l *Link) Rank() int { return l.rank }

// Size returns the number of ranks.
func (l *Link) Size() int { return l.size }

// Names returns a name for each rank.
func (l *Link) Names() (names []string) {
	for rank := range l.size {
		names = append(names, fmt.Sprintf("host %d", rank))
	}
	return names
}

// Waited returns 0.
func (*Link) Waited() time.Duration { return 0 }

// Close ends nothing.
func (*Link) Close() {}

// Gather sets to to the ranks' from.
func (l *Link) Gather(to, from []float64) {
	l.Wait(l.StartGatherDoubles(to, from))
}

// Broadcast sets values to those of rank 0.
func (l *Link) Broadcast(values []float32) {
	copy(values, l.await(l.arrive("broadcast", nil, values)).narrow[0])
}

// Floats returns memory.
func (l *Link) Floats(n int) []float32 { return make([]float32, n) }

// Doubles returns memory.
func (l *Link) Doubles(n int) []float64 { return make([]float64, n) }

func (l *Link) start(c call, end func(*gathered)) network.Exchange {
	l.pending = append(l.pending, c)
	l.begun = append(l.begun, sync.OnceFunc(func() { end(l.await(c)) }))
	return network.Exchange(len(l.begun) - 1)
}

// StartGatherDoubles sends all ranks from.
func (l *Link) StartGatherDoubles(to, from []float64) network.Exchange {
	n := len(from)
	return l.start(l.arrive("gather", from, nil), func(all *gathered) {
		for rank, values := range all.wide {
			copy(to[rank*n:], values)
		}
	})
}

// StartExchange sends each rank its piece.
func (l *Link) StartExchange(to, from []float32) network.Exchange {
	piece := len(from) / l.size
	return l.start(l.arrive("exchange", nil, from), func(all *gathered) {
		for rank, values := range all.narrow {
			copy(to[rank*piece:], values[l.rank*piece:][:piece])
		}
	})
}

// StartGather sends all ranks from.
func (l *Link) StartGather(to, from []float32) network.Exchange {
	return l.start(l.arrive("pieces", nil, from), func(all *gathered) {
		for rank, values := range all.narrow {
			copy(to[rank*len(from):], values)
		}
	})
}

// StartSum sums from the last rank to the first: in another order than a network does.
func (l *Link) StartSum(to, from []float32) network.Exchange {
	return l.start(l.arrive("sum", nil, from), func(all *gathered) {
		clear(to)
		for rank := range all.narrow {
			for i, v := range all.narrow[l.size-1-rank] {
				to[i] += v
			}
		}
	})
}

// Done reports whether all ranks have begun an exchange.
func (l *Link) Done(e network.Exchange) bool {
	l.hub.mutex.Lock()
	done := l.hub.calls[l.pending[e]].ranks == l.size
	l.hub.mutex.Unlock()
	if done {
		l.Wait(e)
	}
	return done
}

// Wait ends an exchange.
func (l *Link) Wait(e network.Exchange) { l.begun[e]() }
