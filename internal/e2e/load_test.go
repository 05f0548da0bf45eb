//go:build campaign

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// load asks, and remembers what came of it.
type load struct {
	t      *testing.T
	server *modelServer
	begun  time.Time

	mu       sync.Mutex
	took     []time.Duration
	failures int
	images   int
	versions map[string]int
	bits     map[string]string // the answer, by image, kind of request and version
}

func (l *load) reset() {
	l.took, l.images, l.begun = nil, 0, time.Now()
}

// run asks n times, and does something in the middle.
func (l *load) run(n int, middle func()) {
	bodies, client := requests(l.t), newClient()
	l.reset()
	var next atomic.Int64
	var all sync.WaitGroup
	for range serveClients {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if i == n/2 {
					middle()
				}
				if err := l.ask(client, &bodies[i%len(bodies)]); err != nil {
					l.failed(err)
				}
			}
		})
	}
	all.Wait()
	client.CloseIdleConnections()
}

// drain asks until the port is closed, and after a second has the server end.
func (l *load) drain(end func()) {
	bodies, client := requests(l.t), newClient()
	var all sync.WaitGroup
	for c := range serveClients {
		all.Go(func() {
			for i := c; ; i++ {
				err := l.ask(client, &bodies[i%len(bodies)])
				if errors.Is(err, syscall.ECONNREFUSED) {
					return
				}
				if err != nil {
					l.failed(err)
					return
				}
			}
		})
	}
	time.Sleep(time.Second)
	end()
	all.Wait()
}

func newClient() *http.Client {
	return &http.Client{
		Timeout: time.Minute,
		Transport: &http.Transport{
			MaxIdleConnsPerHost: serveClients,
			DialContext:         (&net.Dialer{Timeout: 30 * time.Second}).DialContext,
		},
	}
}

func (l *load) failed(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failures++; l.failures <= 5 {
		l.t.Error(err)
	}
}

// ask sends a request to the server and checks its answer.
func (l *load) ask(client *http.Client, q *question) error { return l.askAt(client, l.server.url, q) }

func (l *load) askAt(client *http.Client, url string, q *question) error {
	begun := time.Now()
	r, err := client.Post(url+q.path, "", bytes.NewReader(q.body))
	if err != nil {
		return err
	}
	text, err := io.ReadAll(r.Body)
	_ = r.Body.Close()
	took := time.Since(begun)
	if err != nil {
		return fmt.Errorf("%s: %w", q.name, err)
	}
	var answer struct {
		Version      string `json:"version"`
		ModelVersion string `json:"model_version"`
	}
	if r.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: got %s, %s", q.name, r.Status, text)
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return fmt.Errorf("%s: %w", q.name, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	version := answer.Version + answer.ModelVersion
	key := q.name + " by version " + version
	if before, ok := l.bits[key]; ok && before != string(text) {
		return fmt.Errorf("%s: got %s, want %s as before", key, text, before)
	}
	l.bits[key] = string(text)
	l.versions[version]++
	l.took = append(l.took, took)
	l.images += q.images
	return nil
}

// report prints what was measured.
func (l *load) report(what string) {
	elapsed := time.Since(l.begun)
	if len(l.took) == 0 {
		l.t.Fatal("got no answer")
	}
	slices.Sort(l.took)
	at := func(share float64) float64 { return l.took[int(share*float64(len(l.took)-1))].Seconds() * 1000 }
	fmt.Printf("serve, %s: %d requests of %d clients, %d failures, p50 %.1f ms, p99 %.1f ms, %.0f images/s\n",
		what, len(l.took), serveClients, l.failures, at(0.5), at(0.99), float64(l.images)/elapsed.Seconds())
}
