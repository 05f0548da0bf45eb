package serve

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/resnetgen/resnetgen/runtime/classify"
	"github.com/resnetgen/resnetgen/runtime/internal/budget"
)

// job is the images of a request.
type job struct {
	images  []float32 // [n][height][width][channels], standardized
	n       int
	version string // the only one that may answer; any if empty
	since   time.Time

	claim   *budget.Claim // of the images and what becomes of them
	holders atomic.Int32  // who uses that: the request, and the batcher from submit on

	computed int           // images whose logits are there
	done     chan struct{} // closed when the rest is there
	logits   []float32     // [n][classes]
	by       *version      // who has answered
	err      error
}

// newJob returns a job of n images, which the caller holds.
func newJob(n int, claim *budget.Claim) *job {
	j := &job{n: n, claim: claim, done: make(chan struct{})}
	j.holders.Store(1)
	return j
}

// release ends the use of a job by one holder. The last one frees its memory.
func (j *job) release() {
	if j.holders.Add(-1) == 0 {
		j.claim.Release()
	}
}

// part is images of a job that are in a batch.
type part struct {
	*job
	n int
}

// batcher puts jobs together: a batch goes to the model when the one before is done and it is full,
// or its first job has waited for long enough, or nobody is on the way who could join. So one who
// is alone never waits.
type batcher struct {
	*Options
	models *models
	told   func(images int, took time.Duration) // comes after each batch

	mu     sync.Mutex
	queue  []*job
	images int // in the queue, and not computed
	coming int // requests that are read: they may join
	ended  bool

	wake    chan struct{} // has one when something has changed
	stopped chan struct{} // closed when run has returned
}

// What keeps a job from being answered.
var (
	errFull    = errors.New("got too many images that wait, want fewer: try again later")
	errVersion = errors.New("another version has taken its place")
	errEnded   = errors.New("the server has ended")
)

func newBatcher(o *Options, m *models) *batcher {
	return &batcher{
		Options: o, models: m, wake: make(chan struct{}, 1), stopped: make(chan struct{}),
		told: func(int, time.Duration) {},
	}
}

// expect says that a request is read, for which a batch may wait. The function that it returns ends
// that.
func (b *batcher) expect() (arrived func()) {
	b.mu.Lock()
	b.coming++
	b.mu.Unlock()
	return sync.OnceFunc(func() {
		b.mu.Lock()
		b.coming--
		b.mu.Unlock()
		b.changed()
	})
}

func (b *batcher) changed() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// takes says that n images more may wait.
func (b *batcher) takes(n int) bool { return b.fits(b.waiting(), n) }

// fits says that n images fit into a queue where so many wait. More than a batch fill it only where
// nothing waits: beside others they leave a batch to those who ask for less.
func (b *batcher) fits(waiting, n int) bool {
	most := b.MaxQueue
	if n > b.MaxBatch && waiting > 0 {
		most -= b.MaxBatch
	}
	return waiting+n <= most
}

// waiting is how many images are in the queue.
func (b *batcher) waiting() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.images
}

// submit waits for a job's logits. Of one whose ctx is done before its batch goes, the images leave
// the queue.
func (b *batcher) submit(ctx context.Context, j *job) error {
	j.since = time.Now()
	b.mu.Lock()
	switch {
	case b.ended:
		b.mu.Unlock()
		return errEnded
	case !b.fits(b.images, j.n):
		b.mu.Unlock()
		return errFull
	}
	j.holders.Add(1)
	b.queue = append(b.queue, j)
	b.images += j.n
	b.mu.Unlock()
	b.changed()
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
		b.remove(j)
		return ctx.Err()
	}
}

// remove takes a job out of the queue. If images of it are being computed, it does not come back.
func (b *batcher) remove(j *job) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := slices.Index(b.queue, j); i >= 0 {
		b.queue = slices.Delete(b.queue, i, i+1)
		b.images -= j.n - j.computed
		j.release()
	} else if j.err == nil {
		j.err = context.Canceled
	}
}

// close ends run when the queue is empty, and waits for that.
func (b *batcher) close() {
	b.mu.Lock()
	b.ended = true
	b.mu.Unlock()
	b.changed()
	<-b.stopped
}

// run answers batch after batch.
func (b *batcher) run() {
	defer close(b.stopped)
	var gathered, logits []float32
	for batch := b.next(); batch != nil; batch = b.next() {
		begun := time.Now()
		n := b.answer(batch, &gathered, &logits)
		b.told(n, time.Since(begun))
	}
}

// next waits for a batch; nil: there is none any more.
func (b *batcher) next() []part {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		batch, wait, ended := b.take()
		if batch != nil || ended {
			return batch
		}
		timer.Reset(wait)
		select {
		case <-b.wake:
		case <-timer.C:
		}
	}
}

// take takes a batch from the queue, or says how long it may wait for others. A job that does not
// fit goes in parts, and each time to the end of the queue, so that a large one does not keep small
// ones waiting.
func (b *batcher) take() (batch []part, wait time.Duration, ended bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.queue) == 0 {
		return nil, time.Hour, b.ended
	}
	wait = b.MaxDelay - time.Since(b.queue[0].since)
	if b.images < b.MaxBatch && b.coming > 0 && wait > 0 && !b.ended {
		return nil, wait, false
	}
	n, k := 0, 0
	for ; k < len(b.queue) && n < b.MaxBatch; k++ {
		j := b.queue[k]
		left := j.n - j.computed
		if k > 0 && left <= b.MaxBatch && n+left > b.MaxBatch {
			break // it fits into the next one
		}
		p := part{j, min(left, b.MaxBatch-n)}
		batch = append(batch, p)
		n += p.n
		b.images -= left
	}
	b.queue = slices.Delete(b.queue, 0, k)
	return batch, 0, false
}

// answer computes a batch, and returns its number of images.
func (b *batcher) answer(batch []part, gathered, logits *[]float32) (n int) {
	v := b.models.use()
	defer b.models.done(v)
	for _, p := range batch {
		b.begin(p.job, v)
		n += p.n
	}
	images := batch[0].images[batch[0].computed*b.elements():][:batch[0].n*b.elements()]
	if len(batch) > 1 {
		images = (*gathered)[:0]
		for _, p := range batch {
			images = append(images, p.images[p.computed*b.elements():][:p.n*b.elements()]...)
		}
		*gathered = images
	}
	*logits = slices.Grow((*logits)[:0], n*b.Classes)[:n*b.Classes]
	err := compute(v, *logits, images)
	own := *logits
	for _, p := range batch {
		b.computed(p, own[:p.n*b.Classes], err)
		own = own[p.n*b.Classes:]
	}
	return n
}

// begin sets the version that answers a job. One that another version has begun starts again.
func (b *batcher) begin(j *job, v *version) {
	if j.by == v {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	j.by, j.computed = v, 0
	if j.logits == nil {
		j.logits = make([]float32, j.n*b.Classes)
	}
}

// computed gives a part of a job its logits, and ends the job or has it wait for its next part.
func (b *batcher) computed(p part, logits []float32, err error) {
	j := p.job
	copy(j.logits[j.computed*b.Classes:], logits)
	b.mu.Lock()
	defer b.mu.Unlock()
	j.computed += p.n
	switch {
	case j.err != nil: // it was given up
	case j.version != "" && j.version != j.by.name:
		j.err = errVersion
	case err != nil:
		j.err = err
	case classify.Check(logits, j.by.Classes) != nil: // the checkpoint is in order: its logits of zeros were numbers
		j.err = refuse(http.StatusUnprocessableEntity, "images: got values whose logits are NaN or Inf, want standardized images")
	case j.computed < j.n:
		b.queue = append(b.queue, j)
		b.images += j.n - j.computed
		return
	}
	close(j.done)
	j.release()
}

func compute(v *version, logits, images []float32) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the model: %v", p)
		}
	}()
	return v.Logits(logits, images)
}
