package serve

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/resnetgen/resnetgen/runtime/classify"
)

// job is the images of a request.
type job struct {
	images  []float32 // [n][height][width][channels], standardized
	n       int
	version string // the only one that may answer; any if empty
	since   time.Time

	done   chan struct{} // closed when the rest is there
	logits []float32     // [n][classes]
	by     *version      // who has answered
	err    error
}

// batcher puts jobs together: a batch goes to the model when the one before is done and it is full, or its first job
// has waited for long enough, or nobody is on the way who could join. So one who is alone never waits.
type batcher struct {
	*Options
	models *models
	told   func(images int, took time.Duration) // comes after each batch

	mu     sync.Mutex
	queue  []*job
	images int // in the queue
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

// expect says that a request is read, for which a batch may wait. The function that it returns ends that.
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

// waiting is how many images are in the queue.
func (b *batcher) waiting() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.images
}

// submit waits for a job's logits. Of one whose ctx is done before its batch goes, the images leave the queue.
func (b *batcher) submit(ctx context.Context, j *job) error {
	j.done, j.since = make(chan struct{}), time.Now()
	b.mu.Lock()
	switch {
	case b.ended:
		b.mu.Unlock()
		return errEnded
	case b.images+j.n > b.MaxQueue:
		b.mu.Unlock()
		return errFull
	}
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

func (b *batcher) remove(j *job) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := slices.Index(b.queue, j); i >= 0 {
		b.queue = slices.Delete(b.queue, i, i+1)
		b.images -= j.n
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
	var images, logits []float32
	for batch := b.next(); batch != nil; batch = b.next() {
		n, begun := 0, time.Now()
		images = images[:0]
		for _, j := range batch {
			images = append(images, j.images...)
			n += j.n
		}
		logits = slices.Grow(logits[:0], n*b.Classes)[:n*b.Classes]
		b.answer(batch, logits, images)
		b.told(n, time.Since(begun))
	}
}

// next waits for a batch; nil: there is none any more.
func (b *batcher) next() []*job {
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

// take takes a batch from the queue, or says how long it may wait for others.
func (b *batcher) take() (batch []*job, wait time.Duration, ended bool) {
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
	for k < len(b.queue) && (k == 0 || n+b.queue[k].n <= b.MaxBatch) {
		n += b.queue[k].n
		k++
	}
	batch = slices.Clone(b.queue[:k])
	b.queue = slices.Delete(b.queue, 0, k)
	b.images -= n
	return batch, 0, false
}

// answer computes a batch. A model that panics fails its batch, and the server goes on.
func (b *batcher) answer(batch []*job, logits, images []float32) {
	v := b.models.use()
	defer b.models.done(v)
	err := compute(v, logits, images)
	for _, j := range batch {
		own := logits[:j.n*b.Classes]
		logits = logits[len(own):]
		j.by, j.logits = v, slices.Clone(own)
		switch {
		case j.version != "" && j.version != v.name:
			j.err = errVersion
		case err != nil:
			j.err = err
		case classify.Check(own, v.Classes) != nil: // the checkpoint is in order: its logits of zeros were numbers
			j.err = refuse(http.StatusUnprocessableEntity, "images: got values whose logits are no numbers, want standardized images")
		}
		close(j.done)
	}
}

func compute(v *version, logits, images []float32) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the model: %v", p)
		}
	}()
	return v.Logits(logits, images)
}
