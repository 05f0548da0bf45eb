package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
)

// statusGone is the code, nobody's but the metrics', of a request whose client has gone before its answer.
const statusGone = 499

// refusal is an error with its status code.
type refusal struct {
	code int
	error
}

// Unwrap returns why.
func (r refusal) Unwrap() error { return r.error }

// refuse returns an error with a status code.
func refuse(code int, format string, args ...any) error {
	return refusal{code, fmt.Errorf(format, args...)}
}

// fail answers with an error: {"error": "…"}.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	code := s.codeOf(r, err)
	if code >= http.StatusInternalServerError && code != http.StatusServiceUnavailable {
		s.Log.Error("a request has failed", "path", r.URL.Path, "code", code, "error", err)
	}
	if code == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	if code == http.StatusRequestTimeout || code == http.StatusRequestEntityTooLarge {
		w.Header().Set("Connection", "close") // the rest of the body is not wanted
	}
	writeJSON(w, code, map[string]string{"error": s.textOf(err)})
}

// codeOf returns an error's status code.
func (s *Server) codeOf(r *http.Request, err error) int {
	var refused refusal
	switch {
	case errors.As(err, &refused):
		return refused.code
	case errors.Is(err, errFull), errors.Is(err, errEnded):
		return http.StatusServiceUnavailable
	case errors.Is(err, errVersion):
		return http.StatusNotFound
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout
	case errors.Is(err, context.Canceled) && r.Context().Err() != nil:
		return statusGone
	}
	return http.StatusInternalServerError
}

func (s *Server) textOf(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("got no answer of the model in %v", s.Timeout)
	}
	return err.Error()
}

// badBody says what is wrong with a request whose body cannot be read.
func (s *Server) badBody(err error) error {
	var tooLarge *http.MaxBytesError
	var slow net.Error
	switch {
	case errors.As(err, &tooLarge):
		return s.tooLarge()
	case errors.As(err, &slow) && slow.Timeout():
		return refuse(http.StatusRequestTimeout, "body: got a part of it in %v, want all", s.ReadTimeout)
	}
	return refuse(http.StatusBadRequest, "body: %w", err)
}

func (s *Server) tooLarge() error {
	return refuse(http.StatusRequestEntityTooLarge, "body: got more than %d bytes, want at most as many", s.MaxBody)
}

// writeJSON answers with a value.
func writeJSON(w http.ResponseWriter, code int, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		code, text = http.StatusInternalServerError, []byte(`{"error":"got an answer that has no JSON"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(append(text, '\n')) // a client that has gone needs no answer
}
