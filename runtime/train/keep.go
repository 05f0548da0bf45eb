package train

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// checkpointsKept is how many of the last checkpoints stay, besides the best, unless [Options] say so.
const checkpointsKept = 3

// trouble is what keeps a run from being written. Its training goes on meanwhile, and nothing of it is lost: a disk
// that is full may be emptied.
type trouble struct {
	err   error // the last; nil: there is none
	delay time.Duration
	next  time.Time // of the next attempt
}

// The first pause between two attempts, and the longest.
const firstDelay, longestDelay = time.Second, time.Minute

// met notes an error and when to try again.
func (t *trouble) met(err error) {
	t.err = err
	t.delay = min(max(2*t.delay, firstDelay), longestDelay)
	t.next = time.Now().Add(t.delay)
}

// due says that it is time for another attempt.
func (t *trouble) due() bool { return t.err != nil && !time.Now().Before(t.next) }

// keep writes what has been recorded, and a checkpoint. If that fails, it says so, and the loop tries again after a
// while; numbers that are none are an error at once.
func (r *runner) keep() error { return r.attempt(r.record) }

// keepBetween is keep within an epoch; the pictures wait for its end.
func (r *runner) keepBetween() error {
	return r.attempt(func() error { return r.history.save(r.Out) })
}

func (r *runner) attempt(record func() error) error {
	if err := r.checkNumbers(); err != nil || !r.company.leads() {
		return err
	}
	if err := r.write(record); err != nil {
		r.trouble.met(err)
		r.log("step %d: %v; the training goes on, and tries again in %v", r.step, err, r.trouble.delay)
		return nil
	}
	if r.trouble.err != nil {
		r.log("step %d: written, after all", r.step)
		r.trouble = trouble{}
	}
	return nil
}

// keepAtLast is keep for a run that does nothing else any more: it waits between attempts, until its patience or ctx
// ends; a ctx that was done before is no reason.
func (r *runner) keepAtLast(ctx context.Context) error {
	quit := ctx.Done()
	if ctx.Err() != nil {
		quit = nil
	}
	r.trouble.delay = 0
	for end := time.Now().Add(r.Patience); ; {
		if err := r.keep(); err != nil || r.trouble.err == nil {
			return err
		}
		pause := min(time.Until(r.trouble.next), time.Until(end))
		if pause <= 0 {
			return r.given(r.trouble.err)
		}
		select {
		case <-time.After(pause):
		case <-quit:
			return r.given(r.trouble.err)
		}
	}
}

// given says what is left of a run that cannot be written.
func (r *runner) given(err error) error {
	left := "there is no checkpoint yet"
	if steps, _ := r.Out.Steps(); len(steps) > 0 { // an error means that none can be read
		left = "--resume goes on from " + r.Out.Checkpoint(steps[len(steps)-1])
	}
	return fmt.Errorf("step %d could not be written: %w; %s", r.step, err, left)
}

// write writes what has been recorded, and then a checkpoint: a run that is killed in between goes on from the
// checkpoint before, and drops what was recorded after it. A folder that is gone is made anew.
func (r *runner) write(record func() error) error {
	if !exists(r.Out.path(runJSON)) {
		if err := r.anew(); err != nil {
			return err
		}
	}
	if err := record(); err != nil {
		return err
	}
	if err := r.save(); err != nil {
		return err
	}
	r.prune()
	return nil
}

// anew makes the run's folder again, and locks it.
func (r *runner) anew() error {
	r.unlock()
	r.unlock = func() {}
	unlock, err := r.Out.lock()
	if err != nil {
		return err
	}
	r.unlock = unlock
	if err := r.Out.create(r.id); err != nil {
		return err
	}
	r.log("step %d: the run's folder %s was gone, and is made anew", r.step, r.Out)
	return nil
}

// prune removes old checkpoints. One that cannot be removed is in nobody's way.
func (r *runner) prune() {
	keep, best := r.Keep, -1
	if keep == 0 {
		keep = checkpointsKept
	}
	if b := r.history.best(); b != nil {
		best = b.step
	}
	if err := r.Out.prune(keep, best); err != nil {
		r.log("%v", err)
	}
}

// asFailure tells what a machine lacks from what a user got wrong.
func asFailure(err error) error {
	for _, fault := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EIO} {
		if errors.Is(err, fault) {
			return &Failure{err}
		}
	}
	return err
}
