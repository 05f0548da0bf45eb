//go:build campaign && linux

package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The load of TestOverload.
const (
	overloadTime        = 4 * time.Second
	overloadConnections = 900
)

// TestOverload offers a server on one core more requests than it can answer, from clients on the
// other core. At twice and at ten times the maximum it answers at least 80 % of it; the others get
// 503.
func TestOverload(t *testing.T) {
	if addr := os.Getenv("OVERLOAD"); addr != "" { // the clients' process
		rate, _ := strconv.ParseFloat(os.Getenv("RATE"), 64)
		offer(addr, rate)
		return
	}
	bin, folder := trainer(t, "resnet20"), t.TempDir()
	checkpoint := filepath.Join(folder, "first.safetensors")
	succeed(t, bin, "init", "--out", checkpoint)
	command := exec.Command("taskset", "-c", "0", bin, "serve", "--checkpoint", checkpoint,
		"--addr", "127.0.0.1:0", "--poll", "0")
	s := startTarget(t, command, `url=http://(\S+)/`)
	s.clients(t, 200) // warm
	// The maximum, measured the same way: offer more until not more is answered.
	var most float64
	for rate := 100.0; ; rate *= 1.3 {
		good, _, _ := s.clients(t, rate)
		if most = max(most, good); good < 0.8*rate {
			break
		}
	}
	fmt.Printf("overload: at most %.0f answers/s\n", most)
	for _, times := range []float64{2, 10} {
		good, refused, sent := s.clients(t, times*most)
		fmt.Printf("overload: offered %2.0f times the maximum, %.0f/s were sent: "+
			"%.0f answers/s, %.0f %% of the maximum; %.0f refused/s\n", times, sent, good, 100*good/most, refused)
		if good < 0.8*most {
			t.Errorf("at %g times the maximum: got %.0f answers/s, want at least 80 %% of %.0f", times, good, most)
		}
	}
}

// clients offers requests from a process on the other core, and returns those that were answered a
// second, those refused, and all that were sent: fewer than offered where all connections wait for
// their answers.
func (s *target) clients(t *testing.T, rate float64) (good, refused, sent float64) {
	t.Helper()
	c := exec.Command("taskset", "-c", "1", os.Args[0], "-test.run", "^TestOverload$")
	c.Env = append(os.Environ(), "OVERLOAD="+s.addr, fmt.Sprintf("RATE=%g", rate))
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if _, err := fmt.Sscanf(string(out), "%f %f %f", &good, &refused, &sent); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return good, refused, sent
}

// offer sends requests at a rate, over connections that are kept, and prints those that were
// answered a second, and those refused. A connection whose answer is late sends its next requests
// later.
func offer(addr string, rate float64) {
	var good, refused, sent atomic.Int64
	var all sync.WaitGroup
	begun := time.Now()
	connections := min(overloadConnections, max(int(rate), 16))
	for k := range connections {
		all.Go(func() {
			every := time.Duration(float64(connections) / rate * float64(time.Second))
			next := begun.Add(every * time.Duration(k) / time.Duration(connections))
			for time.Since(begun) < overloadTime {
				conn, err := net.Dial("tcp", addr)
				if err != nil {
					time.Sleep(10 * time.Millisecond)
					continue
				}
				for err == nil && time.Since(begun) < overloadTime {
					time.Sleep(time.Until(next))
					next = next.Add(every)
					if time.Since(next) > time.Second { // late
						next = time.Now()
					}
					var code int
					sent.Add(1)
					switch code, err = askOn(conn, bufio.NewReader(conn)); code {
					case http.StatusOK:
						good.Add(1)
					case http.StatusServiceUnavailable:
						refused.Add(1)
					}
				}
				_ = conn.Close()
			}
		})
	}
	all.Wait()
	took := time.Since(begun).Seconds()
	fmt.Printf("%f %f %f\n", float64(good.Load())/took, float64(refused.Load())/took, float64(sent.Load())/took)
}

var ordinaryRequest = []byte(header(inferTarget, len(ordinary)) + string(ordinary))

// askOn asks for a tensor's class on a connection.
func askOn(c net.Conn, in *bufio.Reader) (code int, err error) {
	if _, err := c.Write(ordinaryRequest); err != nil {
		return 0, err
	}
	r, err := http.ReadResponse(in, nil)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, r.Body)
	_ = r.Body.Close()
	if r.Close {
		err = io.EOF
	}
	return r.StatusCode, err
}
