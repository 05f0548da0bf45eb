package budget

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// scene is a server whose handler reads its bodies at /read, waits for its end at /wait, answers
// without end at /long, and at once elsewhere.
type scene struct {
	*Guard
	t    *testing.T
	addr string
	bad  chan error // what a body's reading ended with

	shortest atomic.Int64 // nanoseconds from the begin of a reading to its error; 0: there was none
}

func begin(t *testing.T, limit, places int, timeout time.Duration) *scene {
	t.Helper()
	s := &scene{t: t, bad: make(chan error, 1000)}
	s.Guard = &Guard{Connections: NewConnections(limit, 0), ReadTimeout: timeout, Timeout: timeout}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	server := s.Server(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun, leave := s.Enter(r)
		defer leave()
		s.Bound(w, r, begun, func(w http.ResponseWriter, r *http.Request) {
			if !s.Admit(r, places) {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			s.handle(w, r)
		})
	}))
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(s.Listener(l))
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return s
}

func (s *scene) handle(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/read":
		begun := time.Now()
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			s.note(time.Since(begun))
			s.bad <- err
			w.WriteHeader(http.StatusRequestTimeout)
		}
	case "/wait":
		<-r.Context().Done()
		w.WriteHeader(http.StatusGatewayTimeout)
	case "/busy":
		s.Refuse(w, r)
		w.WriteHeader(http.StatusServiceUnavailable)
	case "/long":
		for {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				s.bad <- err
				return
			}
		}
	}
}

// note keeps the shortest of some times.
func (s *scene) note(took time.Duration) {
	for {
		old := s.shortest.Load()
		if old != 0 && old <= int64(took) || s.shortest.CompareAndSwap(old, int64(took)) {
			return
		}
	}
}

// dial opens a connection and sends text.
func (s *scene) dial(text string) net.Conn {
	s.t.Helper()
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.WriteString(c, text); err != nil {
		s.t.Fatal(err)
	}
	return c
}

// code reads an answer's status code; 0: the connection was closed.
func code(c net.Conn) (n int, closes bool) {
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0, true
	}
	_ = r.Body.Close()
	return r.StatusCode, r.Close
}

func post(path string, length int, body string) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", path, length, body)
}

// TestConnectionsLimit holds that connections that do nothing lock nobody out, whatever they have
// sent.
func TestConnectionsLimit(t *testing.T) {
	for name, text := range map[string]string{"nothing": "", "a part of a header": "GET /", "a part of a body": post("/read", 10, "x")} {
		s := begin(t, 8, 100, time.Minute)
		for range 40 {
			s.dial(text)
		}
		if n, _ := code(s.dial("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")); n != 200 {
			t.Errorf("%s: got %d, want 200", name, n)
		}
		if n := s.Len(); n > 8 {
			t.Errorf("%s: got %d connections, want at most 8", name, n)
		}
	}
}

// TestConnectionsAreUsed holds that connections whose requests are being answered are not closed
// for others, who wait.
func TestConnectionsAreUsed(t *testing.T) {
	s := begin(t, 4, 100, 2*time.Second)
	var used []net.Conn
	for range 4 {
		used = append(used, s.dial(post("/wait", 0, "")))
	}
	await(t, "four that are answered", func() bool { return s.count(serving) == 4 })
	late := s.dial(post("/read", 1, "x"))
	for _, c := range used {
		if n, _ := code(c); n != 504 {
			t.Errorf("got %d, want 504", n)
		}
	}
	if n, _ := code(late); n != 200 {
		t.Errorf("the one that came later: got %d, want 200 as soon as there is room", n)
	}
}

func (c *Connections) count(p phase) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k := range c.all {
		if k.phase == p {
			n++
		}
	}
	return n
}

// TestFiles holds that file descriptors are left to others.
func TestFiles(t *testing.T) {
	if got := NewConnections(1<<30, 100).Limit(); got != openFiles()-100 {
		t.Errorf("got %d connections of %d files, want 100 fewer", got, openFiles())
	}
	if got := NewConnections(10, 1<<30).Limit(); got != 4 {
		t.Errorf("got %d connections without files, want 4", got)
	}
}

// TestPlaces holds that requests whose bodies do not come lose their places to others, and that
// others do not.
func TestPlaces(t *testing.T) {
	s := begin(t, 100, 2, time.Minute)
	slow := make(chan string, 2)
	for range 2 {
		c := s.dial(post("/read", 10, "x"))
		go func() {
			n, closes := code(c)
			slow <- fmt.Sprint(n, " ", closes)
		}()
	}
	await(t, "two bodies that do not come", func() bool { return s.count(reading) == 2 })
	if n, _ := code(s.dial(post("/read", 1, "x"))); n != 200 {
		t.Errorf("got %d, want 200", n)
	}
	if err := <-s.bad; !errors.Is(err, ErrSlow) {
		t.Errorf("got error %v, want %v", err, ErrSlow)
	}
	if got := <-slow; got != "408 true" {
		t.Errorf("got %s, want 408 and a connection that closes", got)
	}
	if n := len(slow); n != 0 {
		t.Error("the other one has ended too")
	}
	busy := begin(t, 100, 2, time.Minute)
	for range 2 {
		busy.dial(post("/wait", 0, ""))
	}
	await(t, "two that are answered", func() bool { return busy.count(serving) == 2 })
	if n, closes := code(busy.dial(post("/read", 1, "x"))); n != 503 || closes {
		t.Errorf("got %d, %v, want 503 and a connection that is kept", n, closes)
	}
}

// TestPlacesAreKept holds that requests whose bodies do not come, however many and however often
// they come again, keep their places for a moment, and that others get theirs in turn.
func TestPlacesAreKept(t *testing.T) {
	const places, attackers, least = 4, 40, 200 * time.Millisecond
	s := begin(t, 100, places, 10*time.Second)
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range attackers {
		all.Go(func() {
			for ctx.Err() == nil {
				c := s.dial(post("/read", 10, "x"))
				stop := context.AfterFunc(ctx, func() { _ = c.Close() })
				code(c)
				stop()
				_ = c.Close()
			}
		})
	}
	await(t, "a request that lost its place", func() bool { return len(s.bad) > 0 })
	for range 3 {
		if n, _ := code(s.dial(post("/read", 1, "x"))); n != 200 {
			t.Errorf("got %d, want 200", n)
		}
	}
	if got := time.Duration(s.shortest.Load()); got < least {
		t.Errorf("a request lost its place after %v, want at least %v", got, least)
	}
	cancel()
	all.Wait()
}

// TestBusyPlacesRefuse holds that a request is refused at once where most places are being used,
// though another one waits for its client.
func TestBusyPlacesRefuse(t *testing.T) {
	s := begin(t, 100, 4, time.Minute)
	for range 3 {
		s.dial(post("/wait", 0, ""))
	}
	await(t, "three that are answered", func() bool { return s.count(serving) == 3 })
	body := s.dial(post("/read", 1, ""))
	await(t, "a body that has not come", func() bool { return s.count(reading) == 1 })
	s.mu.Lock()
	for k := range s.all {
		k.since = time.Now().Add(time.Hour) // however slow this test is
	}
	s.mu.Unlock()
	if n, _ := code(s.dial(post("/", 0, ""))); n != 503 {
		t.Errorf("got %d, want 503", n)
	}
	if _, err := io.WriteString(body, "x"); err != nil {
		t.Fatal(err)
	}
	if n, _ := code(body); n != 200 {
		t.Errorf("the body that came later: got %d, want 200", n)
	}
}

// TestDeadline holds that a request has one deadline from its first byte on, whatever it waits for.
func TestDeadline(t *testing.T) {
	s := begin(t, 100, 100, 300*time.Millisecond)
	for name, c := range map[string]struct {
		send string
		want int
	}{
		"header":  {"GET / HTTP/1.1\r\nHost:", 0},
		"body":    {post("/read", 10, "x"), 408},
		"chunked": {"POST /read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", 408},
		"answer":  {post("/wait", 0, ""), 504},
	} {
		begun := time.Now()
		conn := s.dial(c.send)
		if n, _ := code(conn); n != c.want {
			t.Errorf("%s: got %d, want %d", name, n, c.want)
		}
		if took := time.Since(begun); took < 200*time.Millisecond {
			t.Errorf("%s: it took %v, want 300ms", name, took)
		}
	}
	long := s.dial("GET /long HTTP/1.1\r\nHost: a\r\n\r\n") // whose client does not read
	if err := <-s.bad; err == nil {
		t.Error("got an answer that was taken, want an error")
	}
	_ = long.Close()
}

// TestAnsweredEarly holds that a request that is answered before its body has come is closed, and
// not waited for.
func TestAnsweredEarly(t *testing.T) {
	s := begin(t, 100, 100, time.Minute)
	for _, length := range []int{10, 1 << 20} {
		c := s.dial(post("/", length, ""))
		if n, closes := code(c); n != 200 || !closes {
			t.Errorf("a body of %d: got %d, %v, want 200 and a connection that closes", length, n, closes)
		}
		await(t, "the end of the connection", func() bool { return s.Len() == 0 })
	}
	c := s.dial(post("/", 10, "0123456789") + post("/", 0, ""))
	in := bufio.NewReader(c)
	for range 2 {
		if r, err := http.ReadResponse(in, nil); err != nil || r.StatusCode != 200 || r.Close {
			t.Errorf("a body that is there: got %v, %v, want two answers on a connection that is kept", r, err)
		}
	}
}

// TestRefuse holds that a refused request's connection is kept, and its next request answered after
// a pause.
func TestRefuse(t *testing.T) {
	s := begin(t, 100, 100, time.Minute)
	c := s.dial("GET /busy HTTP/1.1\r\nHost: a\r\n\r\n")
	in := bufio.NewReader(c)
	refused, err := http.ReadResponse(in, nil)
	if err != nil || refused.StatusCode != 503 || refused.Header.Get("Retry-After") != "1" || refused.Close {
		t.Fatalf("got %v, error %v, want 503 with Retry-After on a connection that is kept", refused, err)
	}
	begun := time.Now()
	if _, err := io.Copy(io.Discard, refused.Body); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, post("/", 0, "")); err != nil {
		t.Fatal(err)
	}
	next, err := http.ReadResponse(in, nil)
	if took := time.Since(begun); err != nil || next.StatusCode != 200 || took < pause/2 {
		t.Errorf("got %v after %v, error %v, want 200 after a pause of %v", next, took, err, pause)
	}
}

// TestRefuseMakesRoom holds that refused requests do not keep all connections: another client gets
// in.
func TestRefuseMakesRoom(t *testing.T) {
	s := begin(t, 2, 100, time.Minute)
	s.dial("")
	refused := s.dial("")
	await(t, "two connections", func() bool { return s.Len() == 2 })
	if _, err := io.WriteString(refused, "GET /busy HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if n, closes := code(refused); n != 503 || !closes {
		t.Errorf("got %d, closes: %v, want 503 and a connection that closes", n, closes)
	}
	if n, _ := code(s.dial(post("/", 0, ""))); n != 200 {
		t.Errorf("another client: got %d, want 200", n)
	}
}

// TestPress holds that requests lose what they hold when nothing moves, and that those who move do
// not.
func TestPress(t *testing.T) {
	s := begin(t, 100, 100, time.Minute)
	s.dial(post("/read", 10, "x"))
	s.dial("GET /long HTTP/1.1\r\nHost: a\r\n\r\n")
	moves := s.dial(post("/read", 100000, "xyz"))
	await(t, "three that wait for their clients", func() bool { return s.count(reading) == 2 && s.blocked() == 1 })
	s.mu.Lock()
	for k := range s.all {
		past := time.Now().Add(-time.Hour)
		if k.RemoteAddr().String() == moves.LocalAddr().String() {
			past = time.Now().Add(time.Hour)
		}
		k.moved = past
		if !k.writing.IsZero() {
			k.writing = past
		}
	}
	s.mu.Unlock()
	s.EvictStalled()
	await(t, "the end of two", func() bool { return s.Len() == 1 })
	s.EvictWaiting()
	if n, _ := code(moves); n != 408 {
		t.Errorf("at the end: got %d, want 408", n)
	}
}

// blocked is how many clients do not take their replies.
func (c *Connections) blocked() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k := range c.all {
		if !k.writing.IsZero() && time.Since(k.writing) > 100*time.Millisecond {
			n++
		}
	}
	return n
}

// TestLongHeader holds that a header has a limit.
func TestLongHeader(t *testing.T) {
	s := begin(t, 100, 100, time.Minute)
	c := s.dial("GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 2*maxHeader))
	if n, _ := code(c); n != 431 {
		t.Errorf("got %d, want 431", n)
	}
}
