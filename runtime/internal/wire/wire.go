// Package wire has a server answer bytes, for fuzz targets of whole requests.
package wire

import (
	"bytes"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// Exchange has server answer the requests in input, which come over one connection, wrapped by
// listen, and returns its answers.
func Exchange(server *http.Server, listen func(net.Listener) net.Listener, input []byte) []byte {
	c := &conn{in: bytes.NewReader(input), closed: make(chan struct{})}
	l := &listener{conns: make(chan net.Conn, 1), closed: make(chan struct{})}
	l.conns <- c
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listen(l)) // it ends with Close
	}()
	<-c.closed
	_ = server.Close()
	<-done
	return c.out.Bytes()
}

// listener gives out one connection.
type listener struct {
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *listener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// conn is a client that has sent all, and takes all.
type conn struct {
	mu     sync.Mutex
	in     *bytes.Reader
	out    bytes.Buffer
	once   sync.Once
	closed chan struct{}
}

func (c *conn) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.in.Read(p)
}

func (c *conn) Write(p []byte) (int, error) {
	select {
	case <-c.closed:
		return 0, errors.New("the connection is closed")
	default:
		return c.out.Write(p)
	}
}

func (c *conn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}

func (c *conn) LocalAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

func (c *conn) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
func (c *conn) SetDeadline(time.Time) error      { return nil }
func (c *conn) SetReadDeadline(time.Time) error  { return nil }
func (c *conn) SetWriteDeadline(time.Time) error { return nil }
