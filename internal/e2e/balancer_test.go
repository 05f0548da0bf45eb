//go:build campaign

package e2e

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// pollReady is how often the load balancer of TestServeBalanced asks whether a server is ready: it
// learns late.
const pollReady = time.Second

// TestServeBalanced ends one of two servers behind a load balancer that learns of it late, and
// tries no request again. With --drain-delay longer than that, none fails.
func TestServeBalanced(t *testing.T) {
	servers := []*modelServer{startServer(t, "--drain-delay", "4s"), startServer(t)}
	b := &balancer{servers: servers}
	b.look()
	client := newClient()
	client.Transport.(*http.Transport).DisableKeepAlives = true // each request is a new connection
	l := &load{t: t, server: servers[1], bits: map[string]string{}, versions: map[string]int{}}
	l.reset()
	bodies := requests(t)
	over := make(chan bool)
	var all sync.WaitGroup
	all.Go(func() {
		for {
			select {
			case <-over:
				return
			case <-time.After(pollReady):
				b.look()
			}
		}
	})
	for c := range 8 {
		all.Go(func() {
			for i := c; ; i++ {
				select {
				case <-over:
					return
				default:
				}
				if err := l.askAt(client, b.next(), &bodies[i%len(bodies)]); err != nil {
					l.failed(err)
				}
			}
		})
	}
	time.Sleep(time.Second)
	if err := servers[0].Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := servers[0].Wait(); err != nil {
		t.Errorf("after SIGTERM: %v, want exit code 0\n%s", err, servers[0].log.String())
	}
	time.Sleep(time.Second)
	close(over)
	all.Wait()
	l.report(fmt.Sprintf("a load balancer that learns of SIGTERM after %v", pollReady))
}

// balancer spreads requests over the servers that were ready when it looked last.
type balancer struct {
	servers []*modelServer
	turn    atomic.Int64
	ready   atomic.Pointer[[]string]
}

func (b *balancer) look() {
	var ready []string
	for _, s := range b.servers {
		r, err := http.Get(s.url + "/v2/health/ready")
		if err != nil {
			continue
		}
		_ = r.Body.Close()
		if r.StatusCode == http.StatusOK {
			ready = append(ready, s.url)
		}
	}
	b.ready.Store(&ready)
}

func (b *balancer) next() (url string) {
	ready := *b.ready.Load()
	if len(ready) == 0 {
		return b.servers[len(b.servers)-1].url
	}
	return ready[int(b.turn.Add(1))%len(ready)]
}
