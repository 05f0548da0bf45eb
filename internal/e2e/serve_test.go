//go:build campaign

package e2e

import (
	"fmt"
	"syscall"
	"testing"
	"time"
)

// The load of TestServe.
const (
	serveClients  = 64
	serveRequests = 10_000
)

// TestServe has 64 clients ask a trainer's server 10,000 times, for images' classes and for
// inference, while a new checkpoint comes and bad requests do; then it ends the server under the
// same load. No request fails: each is answered with 200, and with the same bits as others of its
// image and version, whatever batch it was in. A client that finds the port closed at the end has
// not made a request.
func TestServe(t *testing.T) {
	s := startServer(t)
	load := &load{t: t, server: s, bits: map[string]string{}, versions: map[string]int{}}
	load.run(serveRequests, func() {
		s.replace(8)
		s.badRequests(t)
	})
	if load.versions["4"] == 0 || load.versions["8"] == 0 || load.versions["4"]+load.versions["8"] != serveRequests {
		t.Errorf("got answers of versions %v, want some of 4 and some of 8", load.versions)
	}
	load.report("reload")

	load.reset()
	var ended time.Time
	load.drain(func() {
		ended = time.Now()
		if err := s.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
	})
	if err := s.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v, want exit code 0\n%s", err, s.log.String())
	}
	load.report(fmt.Sprintf("SIGTERM, the end %.1f s later", time.Since(ended).Seconds()))
	if !t.Failed() {
		fmt.Println("OK")
	}
}
