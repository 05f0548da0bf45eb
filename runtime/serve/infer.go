package serve

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/resnetgen/resnetgen/runtime/internal/budget"
)

// The names of the model's input and outputs.
const (
	inputName           = "images"
	outputLogits        = "logits"
	outputProbabilities = "probabilities"
	outputClass         = "class"
)

// headerLength is the header that says how much of a body is JSON; binary tensors follow it.
const headerLength = "Inference-Header-Content-Length"

// infer answers the protocol's inference request.
func (s *Server) infer(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.named(r); err != nil {
		return err
	}
	arrived := s.batcher.expect()
	defer arrived()
	in, err := s.checkBody(w, r)
	if err != nil {
		return err
	}
	body, held, err := s.content(r, in)
	if err != nil {
		return err
	}
	defer held.Release()
	text, binary, err := split(body, r.Header.Get(headerLength))
	if err != nil {
		return err
	}
	q, j, err := s.parse(r.Context(), text, binary)
	if err != nil {
		return err
	}
	defer j.release()
	held.Release()
	j.version = r.PathValue("version")
	arrived()
	if err := s.batcher.submit(r.Context(), j); err != nil {
		return err
	}
	q.respond(w, s, j)
	return nil
}

// parse makes a job of a request. What it returns refers to nothing of the body.
func (s *Server) parse(ctx context.Context, text, binary []byte) (*inference, *job, error) {
	done, err := s.place(ctx, len(text)+len(binary) > budget.SmallBody)
	if err != nil {
		return nil, nil, err
	}
	defer done()
	q, err := parseInference(text, binary, &s.Options)
	if err != nil {
		return nil, nil, err
	}
	if !s.batcher.takes(q.n) {
		return nil, nil, errFull
	}
	j, err := s.fill(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	q.input, q.binaries = nil, nil
	return q, j, nil
}

// fill makes a job of a request's tensor.
func (s *Server) fill(ctx context.Context, q *inference) (*job, error) {
	claim, err := s.memory.Claim(ctx, budget.Work, q.memory(&s.Options))
	var large *budget.TooLargeError
	if errors.As(err, &large) {
		return nil, refuse(http.StatusRequestEntityTooLarge, "%s: got %d images, which take %d bytes, want at most %d (--max-memory)",
			inputName, q.n, large.Bytes, large.Limit)
	}
	if err != nil {
		return nil, err
	}
	j := newJob(q.n, claim)
	if j.images, err = q.images(&s.Options); err != nil {
		j.release()
		return nil, err
	}
	return j, nil
}

// split takes a body apart: JSON, of the length that a header says, and then binary tensors.
func split(body []byte, length string) (text, binary []byte, err error) {
	if length == "" {
		return body, nil, nil
	}
	n, err := strconv.Atoi(length)
	if err != nil || n < 0 || n > len(body) {
		return nil, nil, refuse(http.StatusBadRequest, "%s: got %s, want 0 to %d, the body's length", headerLength, echo(length), len(body))
	}
	return body[:n], body[n:], nil
}
