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
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// files is the page. uPlot is Leon Sorokin's, under the MIT licence beside it.
//
//go:embed page
var files embed.FS

// policy lets the page load nothing from elsewhere.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"

// server gives out the page, the state of a run, and the curves of other runs.
type server struct {
	hub    *hub   // tells of the run that is trained; nil: there is none, and any run may be asked for
	folder string // of the runs, or a run
	own    string // the name of the run that is trained
	info   *network.Info
	http   *http.Server
	done   chan struct{} // closed when Serve has returned
	err    error         // its error, from then on

	guard  *budget.Guard
	memory *budget.Memory
	disk   *budget.Semaphore // a place for who reads runs
}

// What the dashboard may take of a training, and of a machine: connections, and files that are left
// to it; the bytes of other runs' curves; the time for a request, and for a page to take a change.
const (
	maxConnections = 64
	reservedFiles  = 192
	maxMemory      = 192 << 20
	timeout        = 10 * time.Second
)

// serve begins to answer on a listener.
func (s *server) serve(l net.Listener) {
	go func() {
		defer close(s.done)
		s.err = s.http.Serve(s.guard.Listener(l)) // if the page is gone, a training goes on
	}()
}

// newServer returns a server of the runs in a folder, for this machine alone if it is local. The
// run that the hub tells of is own.
func newServer(h *hub, folder, own string, info *network.Info, local bool) *server {
	page, err := fs.Sub(files, "page")
	if err != nil {
		panic(err) // the name above is wrong
	}
	s := &server{hub: h, folder: folder, own: own, info: info, done: make(chan struct{}), disk: budget.NewSemaphore(1, maxConnections/4, nil)}
	s.guard = &budget.Guard{Connections: budget.NewConnections(maxConnections, reservedFiles), ReadTimeout: timeout, Timeout: timeout}
	s.memory = budget.NewMemory(maxMemory, maxConnections, s.guard.EvictStalled)
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(page))
	if h != nil {
		mux.HandleFunc("GET /events", s.events)
	} else {
		mux.HandleFunc("GET /events", s.finished)
	}
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
		if local && !loopback.IsLocalHost(r.Host) {
			handle = func(w http.ResponseWriter, _ *http.Request) {
				http.Error(w, "got a name that is not this machine's, want localhost", http.StatusForbidden)
			}
		} else if s.hub != nil && r.URL.Path == "/events" && r.Body == http.NoBody {
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
	list := []otherRun{}
	for _, f := range s.others() {
		list = append(list, otherRun{filepath.Base(string(f)), failureOf(f)})
	}
	answer(w, list)
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
	end, err := f.Outcome()
	if err != nil || end.Event != "failed" {
		return "" // a log that cannot be read says nothing
	}
	return strings.ToValidUTF8(end.Error[:min(len(end.Error), failureShown)], "")
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

// others are the runs but for the one that is trained.
func (s *server) others() []runs.Folder {
	all, err := runs.List(s.folder)
	if err != nil {
		return nil // a folder that cannot be read has none to show
	}
	return slices.DeleteFunc(all, func(f runs.Folder) bool { return s.hub != nil && filepath.Base(string(f)) == s.own })
}

// named returns one of the runs that others lists, and no other folder.
func (s *server) named(name string) (f runs.Folder, ok bool) {
	all := s.others()
	k := slices.IndexFunc(all, func(f runs.Folder) bool { return filepath.Base(string(f)) == name })
	if k < 0 {
		return "", false
	}
	return all[k], true
}

// curves gives out what another run has recorded.
func (s *server) curves(w http.ResponseWriter, r *http.Request) {
	leave, err := s.read(r)
	if err != nil {
		s.busy(w, r)
		return
	}
	defer leave()
	run, ok := s.named(r.PathValue("name"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	claim, err := s.memory.Claim(r.Context(), budget.Work, recordsMemory(run))
	var large *budget.TooLargeError
	switch {
	case errors.As(err, &large):
		http.Error(w, tooLarge(large), http.StatusRequestEntityTooLarge)
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

func tooLarge(e *budget.TooLargeError) string {
	return fmt.Sprintf("got curves that take %d bytes, want at most %d", e.Bytes, e.Limit)
}

// recordsMemory is what the records of a run take: its tables, their numbers, its settings, and the
// answer.
func recordsMemory(run runs.Folder) (bytes int64) {
	files, err := os.ReadDir(string(run))
	if err != nil {
		return 0 // whoever reads it says so
	}
	for _, f := range files {
		if info, err := f.Info(); err == nil && slices.Contains([]string{".csv", ".json"}, filepath.Ext(f.Name())) {
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
	if s.hub != nil {
		close(s.hub.ended)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
	<-s.done
}
