package mem

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
)

// tryNew is New as a program uses it that tells its user.
func tryNew(size int64) (a *Arena, err error) {
	defer Recover(&err)
	return New(size), nil
}

// TestNewSaysWhatItAskedFor holds that sizes that no machine has come to an error with the bytes,
// however large they are.
func TestNewSaysWhatItAskedFor(t *testing.T) {
	for _, size := range []int64{1 << 55, math.MaxInt64 / 2, math.MaxInt64 - 4<<26, math.MaxInt64 - 63, math.MaxInt64} {
		_, err := tryNew(size)
		var out *OutOfMemory
		if !errors.As(err, &out) || out.Bytes != size || !strings.Contains(err.Error(), fmt.Sprint(size)) {
			t.Errorf("%d bytes: got %v, want them said", size, err)
		}
	}
	if a, err := tryNew(piece); err != nil || a.Size() != piece {
		t.Errorf("got %v, %v, want an arena of %d bytes", a, err, piece)
	}
}

// TestRecoverLeavesDefects holds that other panics are not taken for a lack of memory.
func TestRecoverLeavesDefects(t *testing.T) {
	defer func() {
		if r := recover(); r != "a defect" {
			t.Errorf("got %v, want the panic that was", r)
		}
	}()
	var err error
	defer Recover(&err)
	panic("a defect")
}
