package serve

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// flood sends requests of one image at one time, and returns their status codes when all are
// answered.
type flood struct {
	sync.WaitGroup
	mu    sync.Mutex
	codes map[int]int
}

func (s *scene) flood(n int, path string) *flood {
	f := &flood{codes: map[int]int{}}
	for range n {
		f.Go(func() {
			r, err := s.try("POST", path, strings.NewReader(request(1)))
			if err != nil {
				r.code = -1
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			f.codes[r.code]++
		})
	}
	return f
}

// busy makes the model busy with one request, and returns what ends that.
func (s *scene) busy() (free func(), first *flood) {
	s.t.Helper()
	s.hold.Lock()
	first = s.flood(1, inferPath)
	if n := <-s.began; n != 1 {
		s.t.Fatalf("got a batch of %d, want 1", n)
	}
	free = sync.OnceFunc(s.hold.Unlock)
	s.t.Cleanup(free) // whatever fails
	return free, first
}

// TestBatches holds that what comes while the model is busy makes full batches, in order.
func TestBatches(t *testing.T) {
	s := begin(t, func(l *Limits) { l.MaxBatch = 4 })
	free, first := s.busy()
	rest := s.flood(10, inferPath)
	await(t, "10 images that wait", func() bool { return s.batcher.waiting() == 10 })
	free()
	first.Wait()
	rest.Wait()
	if first.codes[200] != 1 || rest.codes[200] != 10 {
		t.Errorf("got %v and %v, want 1 and 10 answers", first.codes, rest.codes)
	}
	if got := []int{<-s.began, <-s.began, <-s.began}; !slices.Equal(got, []int{4, 4, 2}) {
		t.Errorf("got batches of %v, want 4, 4 and 2", got)
	}
}

// TestAnswersAreTheirOwn holds that each request of a batch gets its images' logits.
func TestAnswersAreTheirOwn(t *testing.T) {
	s := begin(t, nil)
	free, first := s.busy()
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			n := 1 + i%3
			data := strings.TrimSuffix(strings.Repeat(fmt.Sprintf("0,0,%d,0,0,0,", i), n), ",")
			text := fmt.Sprintf(`{"inputs":[{"name":"images","datatype":"FP32","shape":[%d,2,3,1],"data":[%s]}],"outputs":[{"name":"logits"}]}`, n, data)
			r, err := s.try("POST", inferPath, strings.NewReader(text))
			want := `"data":[` + strings.TrimSuffix(strings.Repeat(fmt.Sprintf("0,0,%d,", 7*i), n), ",") + `]`
			if err != nil || !strings.Contains(r.body, want) {
				t.Errorf("got %s, %v, want %s", r.body, err, want)
			}
		})
	}
	await(t, "all wait", func() bool { return s.batcher.waiting() == 7*1+7*2+6*3 })
	free()
	all.Wait()
	first.Wait()
}

// TestDelay holds that a batch waits for those on the way, not longer than it may, and one who is
// alone not at all.
func TestDelay(t *testing.T) {
	const delay = 2 * time.Second
	s := begin(t, func(l *Limits) { l.MaxBatch, l.MaxDelay = 2, delay })
	ask := func() time.Duration {
		begun := time.Now()
		s.lives()
		return time.Since(begun)
	}
	if took := ask(); took >= delay {
		t.Errorf("alone: it took %v, want less than %v", took, delay)
	}
	arrived := s.batcher.expect()
	if took := ask(); took < delay {
		t.Errorf("with another on the way: it took %v, want %v", took, delay)
	}
	begun, pair := time.Now(), s.flood(2, inferPath)
	if pair.Wait(); pair.codes[200] != 2 || time.Since(begun) >= delay {
		t.Errorf("a full batch: got %v in %v, want less than %v", pair.codes, time.Since(begun), delay)
	}
	alone := s.flood(1, inferPath)
	await(t, "one image that waits", func() bool { return s.batcher.waiting() == 1 })
	begun = time.Now()
	arrived() // the other one has gone
	if alone.Wait(); time.Since(begun) >= delay {
		t.Errorf("after the other has gone: it took %v, want less than %v", time.Since(begun), delay)
	}
}

// TestQueueIsFull holds that too many are refused, to come back later.
func TestQueueIsFull(t *testing.T) {
	s := begin(t, func(l *Limits) { l.MaxQueue = 3 })
	free, first := s.busy()
	rest := s.flood(3, inferPath)
	await(t, "a full queue", func() bool { return s.batcher.waiting() == 3 })
	if r := s.ask("POST", inferPath, strings.NewReader(request(1))); r.code != 503 || r.header.Get("Retry-After") == "" || !strings.Contains(r.body, "too many images") {
		t.Errorf("got %d, %v, %s, want 503 with Retry-After", r.code, r.header, r.body)
	}
	free()
	first.Wait()
	if rest.Wait(); rest.codes[200] != 3 {
		t.Errorf("got %v, want 3 answers", rest.codes)
	}
	s.lives()
}

// TestBurst holds that small requests that come at one time are all answered, as many as have a
// place.
func TestBurst(t *testing.T) {
	s := begin(t, nil)
	cores := int64(runtime.GOMAXPROCS(0))
	if err := s.decoding[0].Acquire(t.Context(), cores); err != nil {
		t.Fatal(err)
	}
	burst := s.flood(200, inferPath)
	await(t, "200 requests that are read", func() bool {
		s.batcher.mu.Lock()
		defer s.batcher.mu.Unlock()
		return s.batcher.coming == 200
	})
	s.decoding[0].Release(cores)
	if burst.Wait(); burst.codes[200] != 200 {
		t.Errorf("got %v, want 200 answers", burst.codes)
	}
}

// TestLargeRequestsLeaveRoom holds that requests of more than a batch do not fill a queue in which
// others wait.
func TestLargeRequestsLeaveRoom(t *testing.T) {
	b := newBatcher(&Options{Limits: Limits{MaxBatch: 4, MaxQueue: 20}}, nil)
	for _, c := range []struct {
		waiting, n int
		fits       bool
	}{{0, 20, true}, {0, 21, false}, {1, 15, true}, {1, 16, false}, {16, 4, true}, {19, 1, true}, {20, 1, false}} {
		if got := b.fits(c.waiting, c.n); got != c.fits {
			t.Errorf("%d beside %d: got %v, want %v", c.n, c.waiting, got, c.fits)
		}
	}
}

// TestTooManyRequests holds the limit of those that are read or answered; health is answered beyond
// it.
func TestTooManyRequests(t *testing.T) {
	s := begin(t, func(l *Limits) { l.MaxRequests = 2 })
	free, first := s.busy()
	rest := s.flood(1, inferPath)
	await(t, "one image that waits", func() bool { return s.batcher.waiting() == 1 })
	if r := s.ask("POST", "/predict", strings.NewReader("x")); r.code != 503 || !strings.Contains(r.body, "more than 2 requests") {
		t.Errorf("got %d, %s, want 503", r.code, r.body)
	}
	if r := s.ask("GET", "/v2/health/live", nil); r.code != 200 {
		t.Errorf("got %d, want health to be answered", r.code)
	}
	free()
	first.Wait()
	rest.Wait()
	s.lives()
}

// TestTimeout holds that an answer that does not come in time is given up, and its image not
// computed any more.
func TestTimeout(t *testing.T) {
	s := begin(t, func(l *Limits) { l.Timeout = 500 * time.Millisecond })
	free, first := s.busy()
	if r := s.ask("POST", inferPath, strings.NewReader(request(1))); r.code != 504 || !strings.Contains(r.body, "got no answer of the model in 500ms") {
		t.Errorf("got %d, %s, want 504", r.code, r.body)
	}
	if n := s.batcher.waiting(); n != 0 {
		t.Errorf("got %d images that wait, want none", n)
	}
	if first.Wait(); first.codes[504] != 1 { // before free: an answer that comes with the end of its time may be either
		t.Errorf("got %v, want 504", first.codes)
	}
	free()
	await(t, "a server that lives", func() bool { return s.ask("POST", inferPath, strings.NewReader(request(1))).code == 200 })
}

// TestGone holds that the images of clients that have gone leave the queue.
func TestGone(t *testing.T) {
	s := begin(t, nil)
	free, first := s.busy()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, "POST", s.url+inferPath, strings.NewReader(request(2)))
	if err != nil {
		t.Fatal(err)
	}
	gone := make(chan error, 1)
	go func() {
		_, err := http.DefaultClient.Do(r) //nolint:bodyclose // there is no answer
		gone <- err
	}()
	await(t, "two images that wait", func() bool { return s.batcher.waiting() == 2 })
	cancel()
	if err := <-gone; err == nil {
		t.Error("got an answer, want none")
	}
	await(t, "an empty queue", func() bool { return s.batcher.waiting() == 0 })
	free()
	first.Wait()
	await(t, "the code 499", func() bool {
		return strings.Contains(s.ask("GET", "/metrics", nil).body, `resnetgen_requests_total{code="499",route="/v2/models/{name}/infer"} 1`)
	})
}

// TestPanic holds that a model that panics fails its batch, that images whose logits are NaN or Inf
// are refused, and that the server lives.
func TestPanic(t *testing.T) {
	s := begin(t, nil)
	set := func(panics bool) {
		f := s.model(0)
		f.mu.Lock()
		defer f.mu.Unlock()
		f.panics = panics
	}
	set(true)
	if r := s.ask("POST", inferPath, strings.NewReader(request(1))); r.code != 500 || !strings.Contains(r.body, "the model has a defect") {
		t.Errorf("got %d, %s, want 500", r.code, r.body)
	}
	set(false)
	large := strings.Replace(request(1), "1,0,0,1,0,0", "3e38,0,0,3e38,0,0", 1)
	if r := s.ask("POST", inferPath, strings.NewReader(large)); r.code != 422 || !strings.Contains(r.body, "want standardized images") {
		t.Errorf("got %d, %s, want 422", r.code, r.body)
	}
	s.lives()
}
