package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/runtime/classify"
	"github.com/resnetgen/resnetgen/runtime/internal/loopback"
	"github.com/resnetgen/resnetgen/runtime/preprocess"
)

// The model of the tests takes images of 2×3×1: a class's logit is the sum of its column, times a
// factor.
var testInput, testClasses = [3]int{2, 3, 1}, []string{"left", "middle", "right"}

const testElements = 6

// testStandardizer is the model's. It is not the zero value, so that what does not ask it gives
// other logits.
var testStandardizer = preprocess.NewStandardizer([]float64{0.25}, []float64{0.5})

// fake is that model. While its hold is locked, it does not answer.
type fake struct {
	factor float32
	hold   *sync.RWMutex
	began  chan int // gets the images of each call, if there is room

	mu     sync.Mutex
	closed bool
	panics bool
}

func (f *fake) Logits(dst, images []float32) error {
	select {
	case f.began <- len(images) / testElements:
	default:
	}
	f.hold.RLock()
	defer f.hold.RUnlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		panic("the model is used after its end")
	}
	if f.panics {
		panic("the model has a defect")
	}
	clear(dst)
	for i, v := range images {
		dst[i/testElements*3+i%3] += f.factor * v
	}
	return nil
}

func (f *fake) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
}

func (f *fake) isClosed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed
}

// scene is a server on a port of its own. Its checkpoint is a file with a step, or with text that
// is none.
type scene struct {
	*Server
	t          testing.TB
	url        string
	checkpoint string
	hold       sync.RWMutex
	began      chan int
	log        syncBuffer
	end        context.CancelFunc
	ended      chan error // gets what Serve returns

	mu      sync.Mutex
	loaded  []*fake
	classes []string // of the next
}

type syncBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *syncBuffer) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.String()
}

// begin serves with the default limits, changed. The server ends with the test, if not before.
func begin(t testing.TB, change func(*Limits)) *scene {
	t.Helper()
	s := &scene{t: t, classes: testClasses, checkpoint: filepath.Join(t.TempDir(), "checkpoint"), began: make(chan int, 1000), ended: make(chan error, 1)}
	s.write("7")
	limits := DefaultLimits
	limits.Poll = 0
	if change != nil {
		change(&limits)
	}
	server, err := New(Options{
		Name: "net", Input: testInput, Standardizer: testStandardizer, Classes: len(testClasses), Checkpoint: s.checkpoint, Limits: limits,
		Log:  slog.New(slog.NewTextHandler(&s.log, nil)),
		Find: func(path string) (string, error) { return path, nil },
		Load: s.load,
	})
	if err != nil {
		t.Fatal(err)
	}
	<-s.began // the check of the checkpoint
	s.Server = server
	l, err := loopback.Listen("--addr", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.url = "http://" + l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	s.end = cancel
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.ended <- server.Serve(ctx, l)
	}()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		cancel()
		<-done
		server.Close()
	})
	return s
}

// write writes a checkpoint.
func (s *scene) write(text string) {
	s.t.Helper()
	next := s.checkpoint + ".new"
	if err := os.WriteFile(next, []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(next, s.checkpoint); err != nil {
		s.t.Fatal(err)
	}
}

// load makes a model whose factor is its step.
func (s *scene) load(path string) (*classify.LoadedModel, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	step, err := strconv.Atoi(string(text))
	if err != nil {
		return nil, err
	}
	f := &fake{factor: float32(step), hold: &s.hold, began: s.began}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loaded = append(s.loaded, f)
	return &classify.LoadedModel{Model: f, File: path, Step: step, Classes: s.classes}, nil
}

// model returns the nth model that was loaded.
func (s *scene) model(n int) *fake {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loaded[n]
}

// response is an answer that was read.
type response struct {
	code   int
	header http.Header
	body   string
}

// decode reads an answer's JSON.
func (r response) decode(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.body), v); err != nil {
		t.Fatalf("%v: %s", err, r.body)
	}
}

// ask sends a request; header lines are "Name: value".
func (s *scene) ask(method, path string, body io.Reader, header ...string) response {
	s.t.Helper()
	r, err := s.try(method, path, body, header...)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

func (s *scene) try(method, path string, body io.Reader, header ...string) (response, error) {
	q, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, body)
	if err != nil {
		return response{}, err
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			q.Host = value
		}
		q.Header.Set(name, value)
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return response{}, err
	}
	defer a.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(a.Body)
	return response{a.StatusCode, a.Header, string(text)}, err
}

// lives fails the test unless the server still answers rightly.
func (s *scene) lives() {
	s.t.Helper()
	if r := s.ask("POST", "/v2/models/net/infer", strings.NewReader(request(1))); r.code != 200 || !strings.Contains(r.body, `"class"`) {
		s.t.Errorf("got %d, %s, want a server that lives", r.code, r.body)
	}
}

// request is an inference request of n images, which are 1 to the left.
func request(n int) string {
	data := strings.TrimSuffix(strings.Repeat("1,0,0,1,0,0,", n), ",")
	return `{"inputs":[{"name":"images","datatype":"FP32","shape":[` + strconv.Itoa(n) + `,2,3,1],"data":[` + data + `]}]}`
}

// drawn is a PNG with a white column.
func drawn(t testing.TB, width, height, column int) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width / 3 {
			m.SetGray(x+column*width/3, y, color.Gray{Y: 250})
		}
	}
	var text bytes.Buffer
	if err := png.Encode(&text, m); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

// await waits until something holds.
func await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("%s: it does not come", what)
}
