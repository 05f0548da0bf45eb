package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/resnetgen/resnetgen/runtime/internal/loopback"
)

// linger is how long a connection that is kept alive may still bring a request after the server has begun to drain: its
// client has not heard of that before it has an answer.
const linger = time.Second

// Serve answers on a listener until ctx is done. Then it drains: it says that it is not ready, takes no more connections,
// answers what comes on those that there are, closing each after its answer, and returns when there is none any more, or
// with an error after Limits.Drain.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go s.models.watch(watching)
	server := &http.Server{
		Handler: s.Handler(loopback.Only(l)), ConnState: s.open.changed, ErrorLog: slog.NewLogLogger(s.Log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: s.ReadTimeout, WriteTimeout: 2*s.ReadTimeout + s.Timeout, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	failed := make(chan error, 1)
	gate := newGate(l)
	go func() { failed <- server.Serve(gate) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	s.Log.Info("draining")
	s.draining.Store(true)
	ending, giveUp := context.WithTimeout(context.Background(), s.Drain)
	defer giveUp()
	gate.shut(ending)
	if err := s.drain(ending, server); err != nil {
		return fmt.Errorf("serve: got requests that are not answered after %v: %w", s.Drain, err)
	}
	<-failed // the listener is closed
	s.Log.Info("drained")
	return nil
}

// drain waits for the requests in flight.
func (s *Server) drain(ctx context.Context, server *http.Server) error {
	for !s.open.quiet(linger) && ctx.Err() == nil {
		time.Sleep(10 * time.Millisecond)
	}
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}
