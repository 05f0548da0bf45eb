package dashboard

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/resnetgen/resnetgen/runtime/internal/budget"
	"github.com/resnetgen/resnetgen/runtime/internal/loopback"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
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
	run  runs.Folder
	http *http.Server
	done chan struct{} // closed when Serve has returned

	guard  *budget.Guard
	memory *budget.Memory
	disk   *budget.Semaphore // a place for who reads other runs
}

// What the dashboard may take of a training: connections, and files that are left to it; the bytes
// of other runs' curves; the time for a request, and for a page to take a change.
const (
	mostConnections = 64
	reservedFiles   = 192
	mostMemory      = 192 << 20
	timeout         = 10 * time.Second
)

// serve begins to answer on a listener.
func serve(l net.Listener, h *hub, run runs.Folder) *server {
	s := newServer(h, run, loopback.Only(l))
	go func() {
		defer close(s.done)
		_ = s.http.Serve(s.guard.Listener(l)) // it ends with end, or the page is gone: the training goes on
	}()
	return s
}

// newServer returns a server, for this machine alone if it is local.
func newServer(h *hub, run runs.Folder, local bool) *server {
	page, err := fs.Sub(files, "page")
	if err != nil {
		panic(err) // the name above is wrong
	}
	s := &server{hub: h, run: run, done: make(chan struct{}), disk: budget.NewSemaphore(1, mostConnections/4, nil)}
	s.guard = &budget.Guard{Connections: budget.NewConnections(mostConnections, reservedFiles), ReadTimeout: timeout, Timeout: timeout}
	s.memory = budget.NewMemory(mostMemory, mostConnections, s.guard.Press)
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(page))
	mux.HandleFunc("GET /events", s.events)
	mux.HandleFunc("GET /runs", s.runs)
	mux.HandleFunc("GET /runs/{name}", s.curves)
	s.http = s.guard.Server(s.guarded(mux, local))
	s.http.ErrorLog = log.New(io.Discard, "", 0) // what clients do wrong is not the training's business
	return s
}

// guarded sets the headers of all answers, and bounds requests in time, but for pages that wait for
// events. On a loopback address it refuses other names than this machine's own, by which a page
// from elsewhere could read this one.
func (s *server) guarded(next http.Handler, local bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun, leave := s.guard.Enter(r)
		defer leave()
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		handle := next.ServeHTTP
		if local && !loopback.Names(r.Host) {
			handle = func(w http.ResponseWriter, _ *http.Request) {
				http.Error(w, "got a name that is not this machine's, want localhost", http.StatusForbidden)
			}
		} else if r.URL.Path == "/events" && r.Body == http.NoBody {
			handle(w, r)
			return
		}
		s.guard.Bound(w, r, begun, handle)
	})
}

// events sends the state and then its changes, until the page or the run ends.
func (s *server) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	first, changes := s.hub.join()
	defer s.hub.leave(changes)
	control := http.NewResponseController(w)
	send := func(event []byte) bool {
		timed := control.SetWriteDeadline(time.Now().Add(timeout))
		_, err := w.Write(event)
		return errors.Join(timed, err, control.Flush()) == nil
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
func (s *server) runs(w http.ResponseWriter, r *http.Request) {
	leave, err := s.read(r)
	if err != nil {
		s.busy(w, r)
		return
	}
	defer leave()
	runs := []otherRun{}
	for _, name := range s.others() {
		runs = append(runs, otherRun{name, failureOf(s.beside(name))})
	}
	answer(w, runs)
}

// otherRun is a run that the page can lay over its own.
type otherRun struct {
	Name    string `json:"name"`
	Failure string `json:"failure"` // what ended it; empty: it has not failed, as far as is known
}

// failureShown is how many bytes of an error the page has room for.
const failureShown = 400

// failureOf returns the error that has ended a run.
func failureOf(f runs.Folder) string {
	end, err := f.Ended()
	if err != nil || end.Event != "failed" {
		return "" // a log that cannot be read says nothing
	}
	return strings.ToValidUTF8(end.Error[:min(len(end.Error), failureShown)], "")
}

// beside returns the folder of a run beside this one.
func (s *server) beside(name string) runs.Folder {
	return runs.Folder(filepath.Join(filepath.Dir(string(s.run)), name))
}

// rest is how many times as long as the disk was read nobody else may read it: a page that asks for
// other runs without end takes little of the training's time.
const rest = 4

// read waits until nobody else reads other runs.
func (s *server) read(r *http.Request) (leave func(), err error) {
	if err := s.disk.Acquire(r.Context(), 1); err != nil {
		return nil, err
	}
	begun := time.Now()
	return func() {
		time.AfterFunc(rest*time.Since(begun), func() { s.disk.Release(1) })
	}, nil
}

func (s *server) busy(w http.ResponseWriter, r *http.Request) {
	s.guard.Refuse(w, r)
	http.Error(w, "got too many requests for other runs, want fewer: try again later", http.StatusServiceUnavailable)
}

func (s *server) others() []string {
	names := []string{}
	folders, err := runs.List(filepath.Dir(string(s.run)))
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
	leave, err := s.read(r)
	if err != nil {
		s.busy(w, r)
		return
	}
	defer leave()
	name := r.PathValue("name")
	if !slices.Contains(s.others(), name) {
		http.NotFound(w, r)
		return
	}
	run := s.beside(name)
	claim, err := s.memory.Claim(r.Context(), budget.Work, curvesMemory(string(run)))
	var large *budget.TooLargeError
	switch {
	case errors.As(err, &large):
		http.Error(w, fmt.Sprintf("got curves that take %d bytes, want at most %d", large.Bytes, large.Limit), http.StatusRequestEntityTooLarge)
		return
	case err != nil:
		s.busy(w, r)
		return
	}
	defer claim.Release()
	curves, err := run.Curves()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, curves)
}

// curvesMemory is what the curves of a run take: its tables, their numbers, and the answer.
func curvesMemory(folder string) (bytes int64) {
	files, err := os.ReadDir(folder)
	if err != nil {
		return 0 // whoever reads it says so
	}
	for _, f := range files {
		if info, err := f.Info(); err == nil && filepath.Ext(f.Name()) == ".csv" {
			bytes += 6 * info.Size()
		}
	}
	return bytes
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
