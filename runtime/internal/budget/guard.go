package budget

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// Guard holds the requests of a server to a time.
type Guard struct {
	*Connections
	ReadTimeout time.Duration // from a request's first byte until all of it is there
	Timeout     time.Duration // from a request's first byte until its answer
}

// maxHeader is how many bytes a request's header may have. All connections may be reading one.
const maxHeader = 16 << 10

// idleTimeout is how long a connection may wait for its next request.
const idleTimeout = 2 * time.Minute

// What a server reads of a body that nobody wanted, so that its connection can be kept, or the
// answer arrives.
const (
	restBytes = 64 << 10
	restWait  = 20 * time.Millisecond
	lastWait  = 250 * time.Millisecond
)

// Server returns a server on [Connections.Listener] that answers by a handler. The handler bounds
// its requests by [Guard.Bound].
func (g *Guard) Server(handler http.Handler) *http.Server {
	read := min(g.ReadTimeout, g.Timeout)
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: read, WriteTimeout: read + g.Timeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, key{}, c)
		},
	}
}

type key struct{}

// Enter marks a request's connection as one that is being answered, until leave is called. It
// returns the time of the request's first byte.
func (g *Guard) Enter(r *http.Request) (begun time.Time, leave func()) {
	k, ok := r.Context().Value(key{}).(*connection)
	if !ok { // a handler without its server, as in tests
		return time.Now(), func() {}
	}
	return k.enter(), k.leave
}

// Admit gives a request one of limit places until its end. If all are taken, the request that has
// waited longest for its client loses its own, or the newcomer waits for that. The answer is false
// if most requests are being answered.
func (g *Guard) Admit(r *http.Request, limit int) bool {
	k, ok := r.Context().Value(key{}).(*connection)
	return !ok || g.admit(r.Context(), k, limit)
}

// Refuse makes an answer one that asks the client to try again later, and lets the connection's
// next request wait for a moment. Where no more connections fit, it makes room for another client
// instead. The answer's code is to be 503.
func (g *Guard) Refuse(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Retry-After", "1")
	k, ok := r.Context().Value(key{}).(*connection)
	switch {
	case !ok:
	case g.Len() >= g.Limit():
		w.Header().Set("Connection", "close")
	default:
		k.hold()
	}
}

// Bound calls next within the deadline that follows from the request's first byte: the request's
// context ends then, its body's reads fail, and soon after its answer's writes. A request that is
// answered before its body was read closes its connection.
func (g *Guard) Bound(w http.ResponseWriter, r *http.Request, begun time.Time, next http.HandlerFunc) {
	deadline := begun.Add(g.Timeout)
	ctx, cancel := context.WithDeadline(r.Context(), deadline)
	defer cancel()
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(deadline.Add(g.ReadTimeout)) // a test's recorder has none
	if r.Body == nil || r.Body == http.NoBody {
		next(w, r.WithContext(ctx))
		return
	}
	conn, _ := ctx.Value(key{}).(*connection)
	b := &body{ReadCloser: r.Body, conn: conn, control: control, header: w.Header(), expects: r.Header.Get("Expect") != ""}
	until := begun.Add(g.ReadTimeout)
	if until.After(deadline) {
		until = deadline
	}
	_ = control.SetReadDeadline(until)
	r = r.WithContext(ctx)
	r.Body = b
	defer b.finish()
	next(&early{w, b}, r)
}

// ErrSlow is a body's error if its request has lost its place to another.
var ErrSlow = errors.New("got it more slowly than others while the server is busy: try again later")

// body is a request's, whose end is known.
type body struct {
	io.ReadCloser
	conn     *connection // nil: unknown
	control  *http.ResponseController
	header   http.Header // the answer's
	expects  bool        // the client asks before it sends
	ended    bool
	finished bool
}

// Read is io.Reader's.
func (b *body) Read(p []byte) (int, error) {
	if b.conn.read(reading) {
		return 0, ErrSlow
	}
	n, err := b.ReadCloser.Read(p)
	switch {
	case errors.Is(err, io.EOF):
		b.ended = true
		_ = b.control.SetReadDeadline(time.Time{}) // what is read from now on is only whether the client is still there
	case err == nil:
		return n, nil
	}
	if b.conn.read(serving) {
		return n, ErrSlow
	}
	return n, err
}

// finish comes before an answer. A short rest that is there is read, so that the connection can be
// kept.
func (b *body) finish() {
	if b.finished {
		return
	}
	b.finished = true
	if !b.ended && !b.expects {
		_ = b.control.SetReadDeadline(time.Now().Add(restWait))
		_, _ = io.CopyN(io.Discard, b, restBytes)
	}
	if evicted := b.conn.read(serving); evicted || !b.ended {
		b.header.Set("Connection", "close")
		_ = b.control.SetReadDeadline(time.Now().Add(lastWait))
	}
}

// early finishes a request's body before its answer.
type early struct {
	http.ResponseWriter
	body *body
}

// Unwrap is for http.ResponseController.
func (e *early) Unwrap() http.ResponseWriter { return e.ResponseWriter }

// WriteHeader is http.ResponseWriter's.
func (e *early) WriteHeader(code int) {
	e.body.finish()
	e.ResponseWriter.WriteHeader(code)
}

// Write is http.ResponseWriter's.
func (e *early) Write(p []byte) (int, error) {
	e.body.finish()
	return e.ResponseWriter.Write(p)
}
