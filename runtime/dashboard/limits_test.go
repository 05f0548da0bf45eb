package dashboard

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/internal/fuzzbound"
	"github.com/resnetgen/resnetgen/runtime/internal/wire"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// dial opens a connection to the dashboard and sends text.
func (s *scene) dial(text string) net.Conn {
	s.t.Helper()
	c, err := net.Dial("tcp", s.o.listener.Addr().String())
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

// TestNobodyIsLockedOut holds that neither connections nor pages without number keep a page from
// the training, and that they have few files of it.
func TestNobodyIsLockedOut(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "a header": "GET /eve", "a body": "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nx",
		"pages":             "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"pages with bodies": "GET /events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nx",
	} {
		s := begin(t, filepath.Join(t.TempDir(), "run"), "127.0.0.1:0", 0)
		for range 2 * maxConnections {
			s.dial(text)
		}
		if response, body := get(t, s, "", ""); response.StatusCode != 200 || !strings.Contains(body, "<!doctype html>") {
			t.Errorf("%s: got %d, want the page", name, response.StatusCode)
		}
		lines := bufio.NewScanner(s.dial("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n"))
		lines.Buffer(nil, 1<<20)
		found := false
		for !found && lines.Scan() {
			found = lines.Text() == "event: state"
		}
		if !found {
			t.Errorf("%s: got no state, %v", name, lines.Err())
		}
		if n := s.o.server.guard.Len(); n > maxConnections {
			t.Errorf("%s: got %d connections, want at most %d", name, n, maxConnections)
		}
		begun := time.Now()
		if s.o.Stop(); time.Since(begun) > 20*time.Second {
			t.Errorf("%s: the end took %v, want about a second", name, time.Since(begun))
		}
	}
}

// TestFinishedLocksNobodyOut holds the same of the page of finished runs, whose requests all end.
func TestFinishedLocksNobodyOut(t *testing.T) {
	folder := t.TempDir()
	settled(t, filepath.Join(folder, "done"), "")
	for name, text := range map[string]string{
		"nothing": "", "a header": "GET /eve",
		"states":             "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"states with bodies": "GET /events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nx",
		"curves":             strings.Repeat("GET /runs/done HTTP/1.1\r\nHost: localhost\r\n\r\n", 20),
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		s := newServer(nil, folder, "", nil, true)
		s.serve(l)
		for range 2 * maxConnections {
			c := connected(t, l.Addr().String())
			if _, err := io.WriteString(c, text); err != nil {
				t.Fatal(err)
			}
		}
		response, err := http.Get("http://" + l.Addr().String() + "/")
		if err != nil {
			t.Fatalf("%s: got error %v, want the page", name, err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != 200 || !strings.Contains(string(body), "<!doctype html>") {
			t.Errorf("%s: got %d, error %v, want the page", name, response.StatusCode, err)
		}
		_ = response.Body.Close()
		if n := s.guard.Len(); n > maxConnections {
			t.Errorf("%s: got %d connections, want at most %d", name, n, maxConnections)
		}
		begun := time.Now()
		if s.end(); time.Since(begun) > 20*time.Second {
			t.Errorf("%s: the end took %v, want about a second", name, time.Since(begun))
		}
	}
}

// TestMaxPages holds that the oldest page goes when there are too many.
func TestMaxPages(t *testing.T) {
	h := newHub()
	h.state.Curves = &runs.Curves{}
	_, oldest := h.join()
	var newest chan []byte
	for range maxPages {
		_, newest = h.join()
	}
	h.change("progress", progress{Step: 1}, func(s *state) { s.Progress.Step = 1 })
	if _, ok := <-oldest; ok || len(h.pages) != maxPages {
		t.Errorf("got %v for the oldest page, %d pages, want its end, and %d", ok, len(h.pages), maxPages)
	}
	if event, ok := <-newest; !ok || !strings.Contains(string(event), "progress") {
		t.Errorf("got %s, %v, want the change", event, ok)
	}
	h.leave(oldest)
	h.leave(newest)
	if first, _ := h.join(); !strings.Contains(string(first), `"step":1`) {
		t.Errorf("got %s, want the step in it", first)
	}
}

// TestLargeRun holds that curves that would take too much memory are refused by the size of their
// tables.
func TestLargeRun(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	other := filepath.Join(filepath.Dir(out), "other[1]")
	another(t, other)
	if err := os.Truncate(filepath.Join(other, "train.csv"), 100<<20); err != nil {
		t.Fatal(err)
	}
	s := begin(t, out, "127.0.0.1:0", 0)
	defer s.o.Stop()
	if response, body := get(t, s, "runs/other[1]", ""); response.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(body, "want at most") {
		t.Errorf("got %d, %q, want 413 and the limit", response.StatusCode, body)
	}
}

// FuzzRequests holds that no request makes a panic, or takes more memory and time than its length
// allows.
func FuzzRequests(f *testing.F) {
	folder := filepath.Join(f.TempDir(), "run")
	another(f, filepath.Join(filepath.Dir(folder), "other"))
	s := begin(f, folder, "127.0.0.1:0", 0)
	f.Cleanup(s.o.Stop)
	for _, path := range []string{"/", "/events", "/runs", "/runs/other", "/uplot/uPlot.min.js", "/../x", "/runs/%2e%2e", "/events?run=other", "/events?run=%ff;&run"} {
		f.Add(fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path))
	}
	f.Add([]byte("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\nx"))
	f.Add([]byte("GET / HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-1,0-1,0-1\r\n\r\n"))
	bound := fuzzbound.Default
	bound.Memory += 1 << 20 // the page's files
	f.Fuzz(func(t *testing.T, input []byte) {
		bound.Check(t, len(input), func() {
			h := newHub() // whose end ends the pages
			h.state.Curves = &runs.Curves{}
			close(h.ended)
			one := newServer(h, filepath.Dir(folder), filepath.Base(folder), nil, true)
			_ = wire.Exchange(one.http, one.guard.Listener, input)
			finished := newServer(nil, filepath.Dir(folder), "", nil, true)
			_ = wire.Exchange(finished.http, finished.guard.Listener, input)
		})
	})
}
