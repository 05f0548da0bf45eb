package serve

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// gate is a listener that can be shut without a connection that is lost: those that clients have and the server has not
// taken yet are taken first.
type gate struct {
	net.Listener
	once sync.Once
}

// settle is how long a connection that is being made may take to be there, once no new one begins.
const settle = 50 * time.Millisecond

// shut lets no new connection begin, where the system can do that, gives Accept the time for those that have begun,
// and closes.
func (g *gate) shut() {
	if l, ok := g.Listener.(*net.TCPListener); ok && refuseNew(l) == nil {
		_ = l.SetDeadline(time.Now().Add(settle)) // Accept takes what there is, and returns
		time.Sleep(2 * settle)
	}
	_ = g.Close()
}

// Accept is net.Listener's. After shut it waits to be closed.
func (g *gate) Accept() (net.Conn, error) {
	c, err := g.Listener.Accept()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		time.Sleep(settle)
		return nil, net.ErrClosed
	}
	return c, err
}

// Close is net.Listener's. It may come twice: from shut, and from the server.
func (g *gate) Close() (err error) {
	g.once.Do(func() { err = g.Listener.Close() })
	return err
}
