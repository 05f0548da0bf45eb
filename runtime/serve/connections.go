package serve

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// connections knows the open connections, for the end of a server.
type connections struct {
	mu  sync.Mutex
	all map[net.Conn]connection
}

// connection is what a connection does, and since when.
type connection struct {
	state http.ConnState
	since time.Time
}

// changed is http.Server's ConnState.
func (c *connections) changed(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if state == http.StateClosed || state == http.StateHijacked {
		delete(c.all, conn)
		return
	}
	if c.all == nil {
		c.all = map[net.Conn]connection{}
	}
	c.all[conn] = connection{state, time.Now()}
}

// quiet says that no connection has a request, nor has been idle for less than a time.
func (c *connections) quiet(idle time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range c.all {
		if k.state == http.StateActive || time.Since(k.since) < idle {
			return false
		}
	}
	return true
}
