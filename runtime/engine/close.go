package engine

import (
	"sync"

	"github.com/resnetgen/resnetgen/runtime/network"
)

// ErrClosed is what a model's methods return after its Close.
var ErrClosed = network.ErrClosed

// gate counts the calls that are on the way. The last one after its closing ends what they use.
type gate struct {
	lock   sync.Mutex
	calls  int
	closed bool
}

// enter begins a call, which leave ends. It returns [ErrClosed] behind a closed gate.
func (g *gate) enter() error {
	g.lock.Lock()
	defer g.lock.Unlock()
	if g.closed {
		return ErrClosed
	}
	g.calls++
	return nil
}

// leave ends a call. It reports whether that was the last one behind a closed gate.
func (g *gate) leave() (last bool) {
	g.lock.Lock()
	defer g.lock.Unlock()
	g.calls--
	return g.closed && g.calls == 0
}

// shut lets no call in any more. It reports whether it has closed the gate, with no call on the way.
func (g *gate) shut() (last bool) {
	g.lock.Lock()
	defer g.lock.Unlock()
	last = !g.closed && g.calls == 0
	g.closed = true
	return last
}

// Close ends the workers, once the calls that are on the way have returned. It does not wait for these. Later calls
// return [ErrClosed], and a second Close does nothing.
func (e *Engine[M]) Close() {
	if e.gate.shut() {
		e.crew.Close()
	}
}

// leave ends a call.
func (e *Engine[M]) leave() {
	if e.gate.leave() {
		e.crew.Close()
	}
}
