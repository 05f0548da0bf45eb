package engine

import (
	"sync"

	"github.com/resnetgen/resnetgen/runtime/network"
)

// ErrClosed is what a model's methods return after its Close.
var ErrClosed = network.ErrClosed

// gate counts the calls that are running. The last one to leave a closed gate frees what they use.
type gate struct {
	lock   sync.Mutex
	calls  int
	closed bool
}

// enter begins a call, which leave ends. It returns [ErrClosed] if the gate is closed.
func (g *gate) enter() error {
	g.lock.Lock()
	defer g.lock.Unlock()
	if g.closed {
		return ErrClosed
	}
	g.calls++
	return nil
}

// leave ends a call. It reports whether the gate is closed and that was the last call.
func (g *gate) leave() (last bool) {
	g.lock.Lock()
	defer g.lock.Unlock()
	g.calls--
	return g.closed && g.calls == 0
}

// shut closes the gate to new calls. It reports whether the gate was open and no call is running.
func (g *gate) shut() (last bool) {
	g.lock.Lock()
	defer g.lock.Unlock()
	last = !g.closed && g.calls == 0
	g.closed = true
	return last
}

// Close ends the workers when all running calls have returned. It does not wait for them. Later
// calls return [ErrClosed]; a second Close does nothing.
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
