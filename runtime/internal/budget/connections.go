package budget

import (
	"net"
	"sync"
	"time"
)

// stall is how long a request may wait for its client without a byte while others wait for what it
// holds.
const stall = 500 * time.Millisecond

// Connections are those of a server. There are at most a limit: one more takes the place of the one
// that has waited longest for its client. So whoever opens connections without using them locks
// nobody out.
type Connections struct {
	limit int

	mu  sync.Mutex
	all map[*connection]bool

	places
}

// NewConnections returns a server's connections, of which there are at most limit. reserve file
// descriptors of the process are kept for other uses: if the system gives it few, there are fewer
// connections, at least 4.
func NewConnections(limit, reserve int) *Connections {
	return &Connections{limit: min(limit, max(openFiles()-reserve, 4)), all: map[*connection]bool{}, places: newPlaces()}
}

// Limit returns how many connections there are at most.
func (c *Connections) Limit() int { return c.limit }

// Len returns how many connections there are.
func (c *Connections) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.all)
}

// phase is what a connection does.
type phase int

const (
	waiting phase = iota // for the next request's header, or for the rest of it
	reading              // a request's body
	serving
)

// connection is a net.Conn whose server knows what it does.
type connection struct {
	net.Conn
	of *Connections

	// Guarded by of.mu.
	phase    phase
	since    time.Time // of the phase
	moved    time.Time // when the last byte of a body came
	writing  time.Time // since when the client does not take a reply; zero: it does
	begun    time.Time // the first byte of the request; zero: it has not come
	admitted bool      // it has one of the places for requests
	spared   time.Time // until when it is no victim
	held     time.Time // until when its next request is not read
	evicted  bool
}

// Listener returns l with the limit.
func (c *Connections) Listener(l net.Listener) net.Listener { return &listener{l, c} }

type listener struct {
	net.Listener
	of *Connections
}

// Accept is net.Listener's. While it waits for room, clients wait in the system's queue.
func (l *listener) Accept() (net.Conn, error) {
	for !l.of.makeRoom() {
		time.Sleep(grace / 100)
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.of.add(conn), nil
}

// grace is how long a connection may at least wait for its client's first bytes, however many there
// are.
const grace = 500 * time.Millisecond

// makeRoom says that there is room for a connection. If there was none, the one that has waited
// longest for its client goes.
func (c *Connections) makeRoom() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.all) < c.limit {
		return true
	}
	victim := c.victim(false)
	if victim == nil || time.Since(victim.blocked()) < grace {
		return false
	}
	victim.drop()
	return true
}

func (c *Connections) add(conn net.Conn) *connection {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := &connection{Conn: conn, of: c, since: time.Now()}
	c.all[k] = true
	return k
}

// blocked is since when a connection waits for its client; zero: it does not.
func (k *connection) blocked() time.Time {
	if k.phase == serving {
		return k.writing
	}
	return k.since
}

// victim returns the connection that has waited longest for its client, nil if none does; of those
// that have a place if admitted is set. One whose client has sent what the server has not read yet
// is skipped for a while.
func (c *Connections) victim(admitted bool) *connection {
	for range c.all {
		var oldest *connection
		now := time.Now()
		for k := range c.all {
			since := k.blocked()
			if since.IsZero() || admitted && !k.admitted || k.spared.After(now) {
				continue
			}
			if oldest == nil || since.Before(oldest.blocked()) {
				oldest = k
			}
		}
		if oldest == nil || now.Sub(oldest.blocked()) > patience || !pending(oldest.Conn) {
			return oldest
		}
		oldest.spared = now.Add(grace / 10)
	}
	return nil
}

// patience is how long bytes that come one by one keep a connection.
const patience = 4 * grace

// drop closes a connection at once.
func (k *connection) drop() {
	delete(k.of.all, k)
	k.evicted = true
	_ = k.Conn.Close()
}

// evict ends a request's wait for its client. It may answer that it was too slow, if it was
// reading.
func (k *connection) evict() {
	if k.phase != reading {
		k.drop()
		return
	}
	k.evicted = true
	_ = k.SetReadDeadline(time.Unix(1, 0))
}

// EvictStalled evicts the requests that have waited for a byte of their client for too long.
func (c *Connections) EvictStalled() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k := range c.all {
		slowBody := k.phase == reading && !k.evicted && time.Since(k.moved) > stall && !pending(k.Conn)
		slowReply := k.phase == serving && !k.writing.IsZero() && time.Since(k.writing) > stall
		if slowBody || slowReply {
			k.evict()
		}
	}
}

// EvictWaiting evicts whoever waits for a client: for a request, for a body, or for a reply to be
// taken.
func (c *Connections) EvictWaiting() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k := range c.all {
		if k.phase != serving || !k.writing.IsZero() {
			k.evict()
		}
	}
}

// Idle says that no connection has a request, nor has waited for one for less than a time.
func (c *Connections) Idle(idle time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k := range c.all {
		if k.phase != waiting || time.Since(k.since) < idle {
			return false
		}
	}
	return true
}

// enter begins a request whose header is there, and returns when its first byte came.
func (k *connection) enter() time.Time {
	k.of.mu.Lock()
	defer k.of.mu.Unlock()
	k.phase, k.since = serving, time.Now()
	if k.begun.IsZero() { // it came with the one before
		k.begun = k.since
	}
	return k.begun
}

// leave ends a request.
func (k *connection) leave() {
	k.of.mu.Lock()
	defer k.of.mu.Unlock()
	k.resign()
	k.phase, k.since, k.begun = waiting, time.Now(), time.Time{}
}

// read begins or ends the reading of a body, and says whether the request was evicted.
func (k *connection) read(p phase) (evicted bool) {
	if k == nil {
		return false
	}
	k.of.mu.Lock()
	defer k.of.mu.Unlock()
	if k.phase != p {
		k.phase, k.since, k.moved = p, time.Now(), time.Now()
	}
	return k.evicted
}

// pause is how long the next request of a connection waits after one that was refused. A client
// that does not wait for Retry-After would otherwise take the time of those that are answered.
const pause = 500 * time.Millisecond

// hold lets the connection's next request wait.
func (k *connection) hold() {
	k.of.mu.Lock()
	defer k.of.mu.Unlock()
	k.held = time.Now().Add(pause)
}

// rest is how long the connection's next request has to wait still.
func (k *connection) rest() time.Duration {
	k.of.mu.Lock()
	defer k.of.mu.Unlock()
	if k.phase != waiting {
		return 0
	}
	return time.Until(k.held)
}

// Read is net.Conn's.
func (k *connection) Read(p []byte) (int, error) {
	time.Sleep(k.rest())
	n, err := k.Conn.Read(p)
	if n > 0 {
		k.of.mu.Lock()
		k.moved = time.Now()
		if k.phase == waiting && k.begun.IsZero() {
			k.begun = k.moved
		}
		k.of.mu.Unlock()
	}
	return n, err
}

// Write is net.Conn's.
func (k *connection) Write(p []byte) (int, error) {
	k.write(time.Now())
	defer k.write(time.Time{})
	return k.Conn.Write(p)
}

func (k *connection) write(since time.Time) {
	k.of.mu.Lock()
	defer k.of.mu.Unlock()
	k.writing = since
}

// CloseWrite is for net/http, which closes this half first if a request was not read.
func (k *connection) CloseWrite() error {
	if half, ok := k.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// Close is net.Conn's.
func (k *connection) Close() error {
	k.of.mu.Lock()
	defer k.of.mu.Unlock()
	delete(k.of.all, k)
	k.resign()
	return k.Conn.Close()
}
