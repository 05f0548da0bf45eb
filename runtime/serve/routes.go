package serve

import (
	"errors"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/resnetgen/resnetgen/runtime/internal/loopback"
)

// routes returns the handler of everything that is served.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	on := func(method, path string, handle func(http.ResponseWriter, *http.Request) error) {
		mux.HandleFunc(method+" "+path, func(w http.ResponseWriter, r *http.Request) {
			if err := handle(w, r); err != nil {
				s.fail(w, r, err)
			}
		})
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", method)
			s.fail(w, r, refuse(http.StatusMethodNotAllowed, "%s: got %s, want %s", echo(r.URL.Path), cut(r.Method), method))
		})
	}
	on("GET", "/v2", s.serverMetadata)
	on("GET", "/v2/{$}", s.serverMetadata)
	on("GET", "/v2/health/live", s.live)
	on("GET", "/v2/health/ready", s.ready)
	for _, model := range []string{"/v2/models/{name}", "/v2/models/{name}/versions/{version}"} {
		on("GET", model, s.modelMetadata)
		on("GET", model+"/ready", s.modelReady)
		on("POST", model+"/infer", s.limited(s.infer))
	}
	on("POST", "/v2/repository/index", s.index)
	on("POST", "/v2/repository/models/{name}/load", s.load)
	on("POST", "/predict", s.limited(s.predict))
	on("GET", "/metrics", s.metrics.serve)
	s.pageRoutes(on)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, refuse(http.StatusNotFound, "path: got %s, want one of docs/serving.md", echo(r.URL.Path)))
	})
	return mux
}

// Handler answers requests. One for this machine alone refuses other names than its own; all refuse
// what a page from elsewhere makes a browser send.
func (s *Server) Handler(local bool) http.Handler {
	crossOrigin := http.NewCrossOriginProtection()
	return s.recorded(func(w http.ResponseWriter, r *http.Request) {
		if local && !loopback.IsLocalHost(r.Host) {
			s.fail(w, r, refuse(http.StatusForbidden, "host: got %s, want localhost", echo(r.Host)))
			return
		}
		if err := crossOrigin.Check(r); err != nil {
			s.fail(w, r, refuse(http.StatusForbidden, "origin: %w", err))
			return
		}
		s.handler.ServeHTTP(w, r)
	})
}

// recorded bounds requests in time, and counts and logs what becomes of them.
func (s *Server) recorded(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		begun, leave := s.guard.Enter(r)
		defer leave()
		w := &recorder{ResponseWriter: out}
		s.metrics.active.Inc()
		defer func() {
			s.metrics.active.Dec()
			p := recover()
			if p == http.ErrAbortHandler { //nolint:errorlint // as net/http does
				w.code = statusGone
				defer panic(p)
			} else if p != nil {
				s.Log.Error("a request has panicked", "path", cut(r.URL.Path), "panic", p, "stack", string(debug.Stack()))
				if w.code == 0 {
					s.fail(w, r, errors.New("the server has failed"))
				}
			}
			s.metrics.request(r, w.code, time.Since(begun))
		}()
		setHeaders(w.Header(), s.draining.Load())
		s.guard.Bound(w, r, begun, func(w http.ResponseWriter, bound *http.Request) {
			defer func() { r.Pattern = bound.Pattern }() // the route, for the metrics
			next(w, bound)
		})
	})
}

// setHeaders sets those of all answers.
func setHeaders(h http.Header, draining bool) {
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	if draining {
		h.Set("Connection", "close")
	}
}

// recorder remembers an answer's status code.
type recorder struct {
	http.ResponseWriter
	code int
}

// Unwrap is for http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// WriteHeader is http.ResponseWriter's.
func (r *recorder) WriteHeader(code int) {
	if r.code == 0 {
		r.code = code
	}
	r.ResponseWriter.WriteHeader(code)
}

// Write is http.ResponseWriter's.
func (r *recorder) Write(p []byte) (int, error) {
	if r.code == 0 {
		r.code = http.StatusOK
	}
	return r.ResponseWriter.Write(p)
}

// limited refuses requests beyond those that may be read or answered at one time, and those that
// would find the queue full.
func (s *Server) limited(handle func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if !s.batcher.takes(1) {
			return errFull
		}
		if !s.guard.Admit(r, s.places(s.guard)) {
			return refuse(http.StatusServiceUnavailable, "got more than %d requests at one time, want fewer: try again later", s.places(s.guard))
		}
		return handle(w, r)
	}
}
