//go:build campaign

package generated_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/runtime/dataset"
)

// The load of TestServe.
const (
	serveClients  = 64
	serveRequests = 10_000
)

// TestServe has 64 clients ask a trainer's server 10,000 times, for pictures' classes and for inference, while a new
// checkpoint comes and bad requests do; then it ends the server under the same load. No request fails: each is answered
// with 200, and with the same bits as others of its image and version, whatever batch it was in. A client that finds the port
// closed at the end has not made a request.
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

// modelServer is a trainer that serves a copy of a run's checkpoint of 4 steps.
type modelServer struct {
	*exec.Cmd
	run, checkpoint, url string
	log                  lockedBuffer
	t                    *testing.T
}

// lockedBuffer is a bytes.Buffer for two goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func startServer(t *testing.T, flags ...string) *modelServer {
	t.Helper()
	bin, folder := trainer(t), t.TempDir()
	s := &modelServer{run: filepath.Join(folder, "run"), checkpoint: filepath.Join(folder, "served.safetensors"), t: t}
	out, err := exec.Command(bin, "train", "--data", "fashion-mini", "--steps", "8", "--save-every", "4", "--out", s.run, "--tensorboard=false").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s.replace(4)
	s.Cmd = exec.Command(bin, append([]string{"serve", "--checkpoint", s.checkpoint, "--addr", ":0", "--poll", "50ms"}, flags...)...)
	s.Stderr = &s.log
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Process.Kill() }) // it may be done
	address := regexp.MustCompile(`url=(http://\S+)/`)
	for end := time.Now().Add(time.Minute); !address.MatchString(s.log.String()); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("got no address in a minute\n%s", s.log.String())
		}
	}
	s.url = address.FindStringSubmatch(s.log.String())[1]
	return s
}

// replace puts the checkpoint of a step where the server looks for it.
func (s *modelServer) replace(step int) {
	text := content(s.t, filepath.Join(s.run, "checkpoints", fmt.Sprintf("step-%d.safetensors", step)))
	next := s.checkpoint + ".new"
	if err := errors.Join(os.WriteFile(next, text, 0o644), os.Rename(next, s.checkpoint)); err != nil {
		s.t.Error(err)
	}
}

// badRequests sends what is refused.
func (s *modelServer) badRequests(t *testing.T) {
	for body, want := range map[string]int{
		strings.Repeat(" ", 17<<20): http.StatusRequestEntityTooLarge,
		"no picture":                http.StatusUnsupportedMediaType,
		"\x89PNG\r\n\x1a\n":         http.StatusBadRequest,
	} {
		r, err := http.Post(s.url+"/predict", "", strings.NewReader(body))
		if err != nil {
			t.Error(err)
			continue
		}
		_ = r.Body.Close()
		if r.StatusCode != want {
			t.Errorf("%.20q: got %d, want %d", body, r.StatusCode, want)
		}
	}
}

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
		Timeout:   time.Minute,
		Transport: &http.Transport{MaxIdleConnsPerHost: serveClients, DialContext: (&net.Dialer{Timeout: 30 * time.Second}).DialContext},
	}
}

func (l *load) failed(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failures++; l.failures <= 5 {
		l.t.Error(err)
	}
}

// question is a request that is sent again and again.
type question struct {
	name, path string
	body       []byte
	images     int
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

// requests are pictures, and inference of one image and of four.
func requests(t *testing.T) (all []question) {
	t.Helper()
	_, test, err := dataset.Open("fashion-mini", dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		m := image.NewGray(image.Rect(0, 0, 28, 28))
		for p, v := range test.Image(i) {
			m.SetGray(p%28, p/28, color.Gray{Y: v})
		}
		var picture bytes.Buffer
		if err := png.Encode(&picture, m); err != nil {
			t.Fatal(err)
		}
		n := 1 + 3*(i%2)
		var values []int
		for _, v := range test.Images[i*test.Size():][:n*test.Size()] {
			values = append(values, int(v))
		}
		text, err := json.Marshal(map[string]any{"inputs": []any{map[string]any{
			"name": "images", "datatype": "UINT8", "shape": []int{n, 28, 28, 1}, "data": values,
		}}})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all,
			question{fmt.Sprint("picture ", i), "/predict", picture.Bytes(), 1},
			question{fmt.Sprint("inference ", i), "/v2/models/resnet20/infer", text, n})
	}
	return all
}
