package train

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
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

// keep writes a checkpoint, and then what has been recorded. If the checkpoint fails, it says so, and the loop tries again after a
// while; numbers that are none are an error at once.
func (r *runner) keep() error {
	if err := r.checkNumbers(); err != nil || !r.Ranks.Leads() {
		return err
	}
	if err := r.write(); err != nil {
		r.trouble.met(err)
		r.log("step %d: %v; the training goes on, and tries again in %v", r.step, err, r.trouble.delay)
		return nil
	}
	if r.trouble.err != nil {
		r.log("step %d: written, after all", r.step)
		r.trouble = trouble{}
		r.draw()
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

// write writes a checkpoint, and then what has been recorded, which is for people: a run goes on without it. A folder that is gone is
// made anew.
func (r *runner) write() error {
	if err := r.holdFolder(); err != nil {
		return err
	}
	if err := r.save(); err != nil {
		return err
	}
	r.record()
	r.prune()
	return nil
}

// holdFolder makes sure that the run's folder is there, is this run's and is locked. It is deleted at times, and another run begun in
// its place.
func (r *runner) holdFolder() error {
	gone := "the run's folder " + string(r.Out)
	if r.lock.holds() {
		if exists(r.Out.path(runJSON)) {
			return nil
		}
		gone = r.Out.path(runJSON)
	} else {
		r.lock.release()
		var err error
		if r.lock, err = r.Out.lock(); err != nil {
			return err
		}
		if was, err := r.Out.identity(); err == nil {
			if wrong := differences(r.id, was); len(wrong) > 0 {
				return fmt.Errorf("run %s: got the folder of another run, which was begun meanwhile", r.Out)
			}
		}
	}
	if err := r.Out.create(r.id); err != nil {
		return err
	}
	r.log("step %d: %s was gone, and is made anew", r.step, gone)
	return nil
}

// prune removes old checkpoints but the last few and the best that is left. Those that are damaged do not count, and are moved aside;
// the one of this step, which was written just now, always stays.
func (r *runner) prune() {
	steps, err := r.Out.Steps()
	if err != nil {
		r.log("%v", err)
		return
	}
	keep := r.Keep
	if keep == 0 {
		keep = checkpointsKept
	}
	kept, old := []int{r.step}, []int(nil)
	for _, step := range slices.Backward(steps) {
		switch {
		case step >= r.step: // a later one is not this run's
		case len(kept) >= keep:
			old = append(old, step)
		case r.isGood(step):
			kept = append(kept, step)
		}
	}
	for _, step := range r.withoutBest(kept, old) {
		if err := os.Remove(r.Out.Checkpoint(step)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			r.log("remove an old checkpoint: %v", err) // it is in nobody's way
		}
	}
}

// withoutBest returns old steps without the best, if that is better than those that are kept.
func (r *runner) withoutBest(kept, old []int) []int {
	for _, step := range r.history.byPrecision(append(kept, old...)) {
		if slices.Contains(kept, step) {
			return old
		}
		i := slices.Index(old, step)
		old = slices.Delete(old, i, i+1)
		if r.isGood(step) {
			return old
		}
	}
	return old
}

// isGood says whether a checkpoint is whole, and moves it aside if it is damaged. What the system cannot read stays where it is.
func (r *runner) isGood(step int) bool {
	path := r.Out.Checkpoint(step)
	wrong := r.looked.look(path, func() error {
		_, err := readGood(path, step)
		return err
	})
	if wrong != nil && !errors.Is(wrong, fs.ErrNotExist) {
		r.setAside(step, wrong)
	}
	return wrong == nil
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
