package preprocess

import (
	"bufio"
	"io"
)

// scanner reads the parts of a file that say what is in it, and passes over the others.
type scanner struct {
	*bufio.Reader
	file io.ReadSeeker
}

func newScanner(file io.ReadSeeker) *scanner { return &scanner{bufio.NewReader(file), file} }

// skip passes over n bytes, which may be more than there are.
func (s *scanner) skip(n int64) error {
	buffered := int64(s.Buffered())
	if n <= buffered {
		_, err := s.Discard(int(n))
		return err
	}
	if _, err := s.file.Seek(n-buffered, io.SeekCurrent); err != nil {
		return err
	}
	s.Reset(s.file)
	return nil
}

// position returns where the next byte is in the file.
func (s *scanner) position() (int64, error) {
	at, err := s.file.Seek(0, io.SeekCurrent)
	return at - int64(s.Buffered()), err
}

// bytes reads n bytes.
func (s *scanner) bytes(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(s, b)
	return b, err
}

// extent reads bytes of a part of a file, wherever the file stands.
type extent struct {
	file     io.ReadSeeker
	at, size int64
	begun    bool
}

func (e *extent) Read(p []byte) (int, error) {
	if e.size == 0 {
		return 0, io.EOF
	}
	if !e.begun {
		if _, err := e.file.Seek(e.at, io.SeekStart); err != nil {
			return 0, err
		}
		e.begun = true
	}
	n, err := e.file.Read(p[:min(int64(len(p)), e.size)])
	e.size -= int64(n)
	return n, err
}
