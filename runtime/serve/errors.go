package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/resnetgen/resnetgen/runtime/internal/budget"
)

// statusGone is the code, nobody's but the metrics', of a request whose client has gone before its
// answer.
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

// Of a request, an error repeats at most echoed bytes at a time. The error itself has at most
// longest bytes.
const (
	echoed  = 100
	longest = 600
)

// echo quotes a text of a request, or its beginning.
func echo(text string) string {
	if len(text) > echoed {
		return fmt.Sprintf("%q… (%d bytes)", text[:echoed], len(text))
	}
	return strconv.Quote(text)
}

// fail answers with an error: {"error": "…"}.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	code := s.codeOf(r, err)
	text := s.textOf(err)
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "…"
	}
	if code >= http.StatusInternalServerError && code != http.StatusServiceUnavailable {
		s.Log.Error("a request has failed", "path", cut(r.URL.Path), "code", code, "error", text)
	}
	if code == http.StatusServiceUnavailable {
		s.guard.Refuse(w, r)
	}
	if code == statusGone {
		panic(http.ErrAbortHandler) // nobody would get an answer
	}
	writeJSON(w, code, map[string]string{"error": text})
}

// cut shortens a text of a request for the log.
func cut(text string) string { return text[:min(len(text), echoed)] }

// codeOf returns an error's status code.
func (s *Server) codeOf(r *http.Request, err error) int {
	var refused refusal
	switch {
	case errors.As(err, &refused):
		return refused.code
	case errors.Is(err, errFull), errors.Is(err, errEnded), errors.Is(err, budget.ErrBusy) && r.Context().Err() != context.Canceled:
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
	if errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, budget.ErrBusy) {
		return fmt.Sprintf("got no answer of the model in %v", s.Timeout)
	}
	return err.Error()
}

// writeJSON answers with a value.
func writeJSON(w http.ResponseWriter, code int, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		code, text = http.StatusInternalServerError, []byte(`{"error":"got an answer that cannot be written as JSON"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(append(text, '\n')) // a client that has gone needs no answer
}
