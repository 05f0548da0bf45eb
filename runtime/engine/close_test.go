package engine

import (
	"errors"
	"image"
	"sync"
	"testing"
)

// blocking is an image that signals when it is read, and waits until it may go on.
type blocking struct {
	*image.Gray
	reading, goOn chan struct{}
	once          *sync.Once
}

func (b blocking) Bounds() image.Rectangle {
	b.once.Do(func() {
		close(b.reading)
		<-b.goOn
	})
	return b.Gray.Bounds()
}

// TestCloseDuringACall holds that a call on the way gets its result, whoever closes the engine
// meanwhile, and that the last one ends the workers.
func TestCloseDuringACall(t *testing.T) {
	for _, workers := range []int{1, 2, 5} {
		e := New(tiny(), workers)
		img := blocking{image.NewGray(image.Rect(0, 0, 5, 5)), make(chan struct{}), make(chan struct{}), &sync.Once{}}
		var call sync.WaitGroup
		call.Go(func() {
			if err := e.LogitsOfImage(make([]float32, e.program.Classes), img); err != nil {
				t.Errorf("%d workers: got %v from a call that began before Close", workers, err)
			}
		})
		<-img.reading
		for range 2 {
			e.Close() // does not wait
		}
		wantClosed(t, e)
		close(img.goOn)
		call.Wait()
		wantClosed(t, e)
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%d workers: got a crew that works after the last call", workers)
				}
			}()
			e.crew.Run()
		}()
	}
}

// wantClosed calls every method of a closed engine.
func wantClosed[M any](t *testing.T, e *Engine[M]) {
	t.Helper()
	img, put := image.NewGray(image.Rect(0, 0, 5, 5)), func(int, []float32) { t.Error("got logits") }
	for name, err := range map[string]error{
		"Logits": e.Logits(make([]float32, e.program.Classes), make([]float32, e.size())), "Logits of wrong lengths": e.Logits(nil, make([]float32, 1)),
		"Logits of nothing": e.Logits(nil, nil), "LogitsOfImage": e.LogitsOfImage(nil, img), "LogitsOfImage of nothing": e.LogitsOfImage(nil, nil),
		"LogitsOfImages": e.LogitsOfImages([]image.Image{img}, put), "LogitsOfImages of none": e.LogitsOfImages(nil, put),
	} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s: got %v, want %v", name, err, ErrClosed)
		}
	}
}

// TestCloseAnyTime closes an engine while many call it: each call has its result or ErrClosed.
func TestCloseAnyTime(t *testing.T) {
	for range 50 {
		e := New(tiny(), 3)
		var all sync.WaitGroup
		for k := range 8 {
			all.Go(func() {
				dst := make([]float32, 4*e.program.Classes)
				for {
					switch err := e.Logits(dst, make([]float32, 4*e.size())); {
					case errors.Is(err, ErrClosed):
						return
					case err != nil:
						t.Error(err)
						return
					}
					if k < 2 {
						e.Close()
					}
				}
			})
		}
		all.Wait()
		wantClosed(t, e)
	}
}
