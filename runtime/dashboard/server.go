package dashboard

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/resnetgen/resnetgen/runtime/internal/loopback"
	"github.com/resnetgen/resnetgen/runtime/train"
)

// files is the page. uPlot is Leon Sorokin's, under the MIT licence beside it.
//
//go:embed page
var files embed.FS

// policy lets the page load nothing from elsewhere.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"

// server gives out the page, the state of a run, and the curves of the runs beside it.
type server struct {
	hub  *hub
	run  train.Folder
	http *http.Server
	done chan struct{} // closed when Serve has returned
}

// serve begins to answer on a listener.
func serve(l net.Listener, h *hub, run train.Folder) *server {
	page, err := fs.Sub(files, "page")
	if err != nil {
		panic(err) // the name above is wrong
	}
	s := &server{hub: h, run: run, done: make(chan struct{})}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(page))
	mux.HandleFunc("GET /events", s.events)
	mux.HandleFunc("GET /runs", s.runs)
	mux.HandleFunc("GET /runs/{name}", s.curves)
	s.http = &http.Server{Handler: guarded(mux, loopback.Only(l)), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(l) // it ends with end, or the page is gone: the training goes on
	}()
	return s
}

// guarded sets the headers of all answers. On a loopback address it refuses other names than this machine's own, by
// which a page from elsewhere could read this one.
func guarded(next http.Handler, local bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if local && !loopback.Names(r.Host) {
			http.Error(w, "got a name that is not this machine's, want localhost", http.StatusForbidden)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// events sends the state and then its changes, until the page or the run ends.
func (s *server) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	first, changes := s.hub.join()
	defer s.hub.leave(changes)
	send := func(event []byte) bool {
		_, err := w.Write(event)
		return errors.Join(err, http.NewResponseController(w).Flush()) == nil
	}
	if !send(append([]byte("retry: 1000\n"), first...)) {
		return
	}
	for {
		select {
		case event, ok := <-changes:
			if !ok || !send(event) {
				return
			}
		case <-s.hub.ended:
			for len(changes) > 0 {
				if event, ok := <-changes; !ok || !send(event) {
					return
				}
			}
			return
		case <-r.Context().Done():
			return
		}
	}
}

// runs lists the runs beside this one.
func (s *server) runs(w http.ResponseWriter, _ *http.Request) {
	answer(w, s.others())
}

func (s *server) others() []string {
	names := []string{}
	folders, err := train.Runs(filepath.Dir(string(s.run)))
	if err != nil {
		return names // a folder that cannot be read has none to show
	}
	for _, f := range folders {
		if name := filepath.Base(string(f)); name != filepath.Base(string(s.run)) {
			names = append(names, name)
		}
	}
	return names
}

// curves gives out what another run has recorded: one that runs lists, and no other folder.
func (s *server) curves(w http.ResponseWriter, r *http.Request) {
	for _, name := range s.others() {
		if name != r.PathValue("name") {
			continue
		}
		curves, err := train.Folder(filepath.Join(filepath.Dir(string(s.run)), name)).Curves()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		answer(w, curves)
		return
	}
	http.NotFound(w, r)
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // a page that has gone needs no answer
}

// end lets the pages have what they are owed, and closes the server.
func (s *server) end() {
	close(s.hub.ended)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
	<-s.done
}
