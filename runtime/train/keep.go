package train

import (
	"context"
	"time"
)

// saveRetry is the state of a checkpoint that could not be written. The training continues
// meanwhile, and loses nothing if the disk has space again.
type saveRetry struct {
	err   error // of the last attempt; nil: it succeeded
	delay time.Duration
	next  time.Time // of the next attempt
}

// The first pause between two attempts, and the longest.
const firstDelay, longestDelay = time.Second, time.Minute

// failed notes an error and when to try again.
func (t *saveRetry) failed(err error) {
	t.err = err
	t.delay = min(max(2*t.delay, firstDelay), longestDelay)
	t.next = time.Now().Add(t.delay)
}

// due says that it is time for another attempt.
func (t *saveRetry) due() bool { return t.err != nil && !time.Now().Before(t.next) }

// keep writes a checkpoint and then the records. If the checkpoint cannot be written, it logs this,
// and the loop tries again later. NaN or Inf is an error at once.
func (r *runner) keep() error {
	if err := r.checkNumbers(); err != nil || !r.Ranks.Leads() {
		return err
	}
	if err := r.write(); err != nil {
		r.retry.failed(err)
		r.log("step %d: %v; the training continues, and tries again in %v", r.step, err, r.retry.delay)
		return nil
	}
	if r.retry.err != nil {
		r.log("step %d: written now", r.step)
		r.retry = saveRetry{}
		r.draw()
	}
	return nil
}

// keepAtLast is keep for a run that does nothing else any more: it waits between attempts, until
// its patience or ctx ends; a ctx that was done before is no reason.
func (r *runner) keepAtLast(ctx context.Context) error {
	quit := ctx.Done()
	if ctx.Err() != nil {
		quit = nil
	}
	r.retry.delay = 0
	for end := time.Now().Add(r.Patience); ; {
		if err := r.keep(); err != nil || r.retry.err == nil {
			return err
		}
		pause := min(time.Until(r.retry.next), time.Until(end))
		if pause <= 0 {
			return r.given(r.retry.err)
		}
		select {
		case <-time.After(pause):
		case <-quit:
			return r.given(r.retry.err)
		}
	}
}

// given says what is left of a run that cannot be written.
func (r *runner) given(err error) error {
	e := &CheckpointWriteError{Step: r.step, Err: err}
	if steps, _ := r.folder.Steps(); len(steps) > 0 { // an error means that none can be read
		e.Last = r.folder.Checkpoint(steps[len(steps)-1])
	}
	return e
}

// write writes a checkpoint, and then what has been recorded, which is for people: a run goes on
// without it. A missing folder is created again.
func (r *runner) write() error {
	if err := r.folder.Ensure(r.step); err != nil {
		return err
	}
	if err := r.save(); err != nil {
		return err
	}
	r.folder.WriteHistory()
	r.folder.Prune(r.step)
	return nil
}
