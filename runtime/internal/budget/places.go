package budget

import (
	"context"
	"time"
)

// keep is how long a request keeps its place at least while it waits for its client. A client on a
// busy machine may need some of it from the header to the body.
const keep = 200 * time.Millisecond

// look is the time from one look for a victim to the next: under overload each refusal would look
// at all connections.
const look = 10 * time.Millisecond

// places are those that admitted requests have.
type places struct {
	turn  chan struct{} // held by the request that is next; the others wait in order of arrival
	freed chan struct{} // has a value when a place was given back

	// Guarded by Connections.mu.
	admitted int
	noVictim time.Time // when the last look for one was in vain
}

func newPlaces() places {
	return places{turn: make(chan struct{}, 1), freed: make(chan struct{}, 1)}
}

// admit gives a request one of limit places. If all are taken, the request that has waited longest
// for its client loses its own. If none has waited for long, but most do, a newcomer waits its
// turn: whoever holds places without using them makes others wait, but does not have them refused.
// A wait is at most keep for each limit requests in front. If most places are being used, the
// server has as much to do as it can, and the answer is false at once.
func (c *Connections) admit(ctx context.Context, k *connection, limit int) bool {
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	defer func() { <-c.turn }()
	for {
		admitted, wait := c.tryAdmit(k, limit)
		if admitted || wait == 0 {
			return admitted
		}
		select {
		case <-c.freed:
		case <-time.After(wait):
		case <-ctx.Done():
			return false
		}
	}
}

// tryAdmit gives a request one of limit places if it can, or says after which wait it may be able
// to; 0: the request is to be refused.
func (c *Connections) tryAdmit(k *connection, limit int) (admitted bool, wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.admitted >= limit {
		if time.Since(c.noVictim) < look {
			return false, 0
		}
		victim := c.victim(true)
		if victim == nil {
			return c.refuse()
		}
		if young := keep - time.Since(victim.blocked()); young > 0 {
			if 2*c.waitForClients() < limit {
				return c.refuse()
			}
			return false, young
		}
		victim.resign()
		victim.evict()
	}
	k.admitted = true
	c.admitted++
	return true, 0
}

// refuse is tryAdmit's result if there is no victim, which it notes.
func (c *Connections) refuse() (bool, time.Duration) {
	c.noVictim = time.Now()
	return false, 0
}

// waitForClients is how many requests with a place wait for their clients.
func (c *Connections) waitForClients() (n int) {
	for k := range c.all {
		if k.admitted && !k.blocked().IsZero() {
			n++
		}
	}
	return n
}

// resign gives a request's place back.
func (k *connection) resign() {
	if !k.admitted {
		return
	}
	k.admitted = false
	k.of.admitted--
	select {
	case k.of.freed <- struct{}{}:
	default:
	}
}
