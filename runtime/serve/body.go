package serve

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/resnetgen/resnetgen/runtime/internal/budget"
)

// checkBody refuses a body by its header, before it is read, and returns a reader that ends with an
// error behind Limits.MaxBody.
func (s *Server) checkBody(w http.ResponseWriter, r *http.Request) (io.Reader, error) {
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, refuse(http.StatusUnsupportedMediaType, "Content-Encoding: got %s, want none", echo(coding))
	}
	if r.ContentLength > s.MaxBody {
		return nil, s.tooLarge()
	}
	return http.MaxBytesReader(w, r.Body, s.MaxBody), nil
}

// content reads all of in, a request's body or a part of it, into claimed memory. It claims little
// until the body turns out to be longer.
func (s *Server) content(r *http.Request, in io.Reader) ([]byte, *budget.Claim, error) {
	most := s.MaxBody // of a body whose length its header does not say
	if r.ContentLength >= 0 {
		most = r.ContentLength
	}
	content := []byte{}
	var claim *budget.Claim
	for _, size := range []int64{min(most, budget.SmallBody), most + 1} { // one more, to find the end
		larger, err := s.memory.Claim(r.Context(), budget.Bodies, size)
		claim.Release()
		if err != nil {
			return nil, nil, err
		}
		claim = larger
		content = append(make([]byte, 0, size), content...)
		ended, err := read(in, &content)
		if err != nil {
			claim.Release()
			return nil, nil, s.badBody(err)
		}
		if ended {
			return content, claim, nil
		}
	}
	claim.Release()
	return nil, nil, s.tooLarge()
}

// read appends to content until it is full or in is at its end.
func read(in io.Reader, content *[]byte) (ended bool, err error) {
	for c := *content; len(c) < cap(c); *content = c {
		n, err := in.Read(c[len(c):cap(c)])
		c = c[:len(c)+n]
		if err != nil {
			*content = c
			return errors.Is(err, io.EOF), ignoreEOF(err)
		}
	}
	return false, nil
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// badBody says what is wrong with a request whose body cannot be read.
func (s *Server) badBody(err error) error {
	var tooLarge *http.MaxBytesError
	var slow net.Error
	switch {
	case errors.As(err, &tooLarge):
		return s.tooLarge()
	case errors.Is(err, budget.ErrSlow):
		return refuse(http.StatusRequestTimeout, "body: %w", err)
	case errors.As(err, &slow) && slow.Timeout():
		return refuse(http.StatusRequestTimeout, "body: got a part of it in %v, want all", min(s.ReadTimeout, s.Timeout))
	}
	return refuse(http.StatusBadRequest, "body: %w", err)
}

func (s *Server) tooLarge() error {
	return refuse(http.StatusRequestEntityTooLarge, "body: got more than %d bytes (--max-body), want at most as many", s.MaxBody)
}
