package serve

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// dial opens a connection of its own.
func (s *scene) dial() net.Conn {
	s.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		s.t.Fatal(err)
	}
	return c
}

// exchange asks on a connection.
func exchange(c net.Conn, in *bufio.Reader, method, path, body string) (*http.Response, error) {
	if _, err := fmt.Fprintf(c, "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", method, path, len(body), body); err != nil {
		return nil, err
	}
	r, err := http.ReadResponse(in, nil)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close() //nolint:errcheck // it is read
	_, err = io.Copy(io.Discard, r.Body)
	return r, err
}

// TestDrain holds that at the end what was asked is answered, that kept connections may ask once
// more and are told to close, that health says so, and that no new connection is taken.
func TestDrain(t *testing.T) {
	s := begin(t, nil)
	kept := s.dial()
	in := bufio.NewReader(kept)
	if r, err := exchange(kept, in, "GET", "/v2/health/ready", ""); err != nil || r.StatusCode != 200 || r.Close {
		t.Fatalf("got %v, %v, want 200 and a connection that is kept", r, err)
	}
	free, first := s.busy()
	s.end()
	await(t, "draining", func() bool { return s.draining.Load() })
	await(t, "a port that is closed", func() bool {
		c, err := net.DialTimeout("tcp", strings.TrimPrefix(s.url, "http://"), 100*time.Millisecond)
		if err == nil {
			_ = c.Close()
		}
		return err != nil
	})
	r, err := exchange(kept, in, "GET", "/v2/health/ready", "")
	if err != nil || r.StatusCode != 503 || !r.Close {
		t.Errorf("got %v, %v, want 503 and a connection that closes", r, err)
	}
	select {
	case err := <-s.ended:
		t.Errorf("got the end, %v, before the answer", err)
	default:
	}
	free()
	if first.Wait(); first.codes[200] != 1 {
		t.Errorf("got %v, want an answer", first.codes)
	}
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
}

// TestDrainTime holds that requests that take too long do not keep a server from its end.
func TestDrainTime(t *testing.T) {
	s := begin(t, func(l *Limits) { l.Drain = 50 * time.Millisecond })
	free, first := s.busy()
	s.end()
	if err := <-s.ended; err == nil || !strings.Contains(err.Error(), "got requests that are not answered after 50ms") {
		t.Errorf("got error %v", err)
	}
	free()
	first.Wait()
}

// TestNoConnectionIsLost holds that each connection that a client has when the listener closes gets
// its answer: clients connect, ask and leave as fast as they can, until they are refused.
func TestNoConnectionIsLost(t *testing.T) {
	for range 5 {
		s := begin(t, nil)
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				for {
					c, err := net.DialTimeout("tcp", strings.TrimPrefix(s.url, "http://"), 10*time.Second)
					if err != nil {
						return
					}
					_ = c.SetDeadline(time.Now().Add(20 * time.Second))
					if r, err := exchange(c, bufio.NewReader(c), "POST", inferPath, request(1)); err != nil || r.StatusCode != 200 {
						t.Errorf("got %v, %v, want an answer", r, err)
					}
					_ = c.Close()
				}
			})
		}
		time.Sleep(50 * time.Millisecond)
		s.end()
		if err := <-s.ended; err != nil {
			t.Error(err)
		}
		all.Wait()
	}
}
