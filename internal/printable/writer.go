package printable

import (
	"io"
	"sync"
	"unicode/utf8"
)

// Writer writes text with its control characters escaped, but for the newlines and tabs that lines
// and tables are made of: these are escaped where text from outside becomes part of a line, by
// [String] or [Sprintf]. It may be used by several goroutines.
type Writer struct {
	mu  sync.Mutex
	out io.Writer
	cut []byte // the first bytes of a rune whose others the next Write brings
}

// NewWriter returns a Writer to out. One of a Writer is that Writer.
func NewWriter(out io.Writer) *Writer {
	if w, ok := out.(*Writer); ok {
		return w
	}
	return &Writer{out: out}
}

// Unwrap returns where w writes to: for those who write to a terminal what controls it.
func (w *Writer) Unwrap() io.Writer { return w.out }

// Write implements io.Writer.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := string(w.cut) + string(p)
	whole := len(s) - cutRune(s)
	text := s[:whole]
	if _, err := io.WriteString(w.out, Lines(text)); err != nil {
		return 0, err
	}
	w.cut = append(w.cut[:0], s[whole:]...)
	return len(p), nil
}

// Flush writes what may have been the beginning of a rune, and was not.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.cut) == 0 {
		return nil
	}
	_, err := io.WriteString(w.out, Lines(string(w.cut)))
	w.cut = w.cut[:0]
	return err
}

// cutRune returns how many bytes at the end of s begin a rune without ending it.
func cutRune(s string) int {
	for n := 1; n < utf8.UTFMax && n <= len(s); n++ {
		if tail := s[len(s)-n:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRuneInString(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}
