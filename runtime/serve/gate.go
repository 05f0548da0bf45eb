package serve

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// gate is a listener that can be shut without a connection that is lost: those that clients have
// and the server has not taken yet are taken first.
type gate struct {
	net.Listener
	once   sync.Once
	closed chan struct{} // closed by Close
}

func newGate(l net.Listener) *gate { return &gate{Listener: l, closed: make(chan struct{})} }

// settle is how long a connection that is being made may take to be there, once no new one begins.
const settle = 50 * time.Millisecond

// shut lets no new connection begin, where the system can do that, waits until Accept has taken
// those that have begun, or ctx is done, and closes. Somebody has to call Accept until it returns
// an error, and Close then, as http.Server does.
func (g *gate) shut(ctx context.Context) {
	if l, ok := g.Listener.(*net.TCPListener); ok && refuseNew(l) == nil && l.SetDeadline(time.Now().Add(settle)) == nil {
		select {
		case <-g.closed:
		case <-ctx.Done(): // such as without a file descriptor that is free
		}
	}
	_ = g.Close()
}

// Accept is net.Listener's. After shut it takes what has come, however late it is, and then says
// that the listener is closed.
func (g *gate) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return c, err
		}
		l, ok := g.Listener.(*net.TCPListener)
		if !ok || !pending(l) {
			return nil, net.ErrClosed
		}
		_ = l.SetDeadline(time.Now().Add(settle)) // beyond a deadline Accept does not look
	}
}

// Close is net.Listener's. It may come twice: from shut, and from the server.
func (g *gate) Close() (err error) {
	g.once.Do(func() {
		err = g.Listener.Close()
		close(g.closed)
	})
	return err
}
