package engine

import (
	"sync"

	"github.com/resnetgen/resnetgen/runtime/mem"
)

// freeList keeps values that one call has made for the next call. At most limit values are in use
// at one time: further calls wait.
type freeList[T any] struct {
	make   func() *T
	tokens chan struct{}
	lock   sync.Mutex
	free   []*T
}

func newFreeList[T any](limit int, newT func() *T) freeList[T] {
	return freeList[T]{make: newT, tokens: make(chan struct{}, limit), free: make([]*T, 0, limit)}
}

// take returns a free value, or a new one. It returns an error if there is no memory for a new one.
func (l *freeList[T]) take() (t *T, err error) {
	l.tokens <- struct{}{}
	l.lock.Lock()
	defer l.lock.Unlock()
	if n := len(l.free); n > 0 {
		t = l.free[n-1]
		l.free = l.free[:n-1]
		return t, nil
	}
	if t, err = l.newValue(); err != nil {
		<-l.tokens
	}
	return t, err
}

func (l *freeList[T]) newValue() (_ *T, err error) {
	defer mem.Recover(&err)
	return l.make(), nil
}

// give puts a value back that take has returned.
func (l *freeList[T]) give(t *T) {
	l.lock.Lock()
	l.free = append(l.free, t)
	l.lock.Unlock()
	<-l.tokens
}
