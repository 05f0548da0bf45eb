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

// linger is how long a connection that is kept alive may still bring a request after the server has
// begun to drain: its client has not heard of that before it has an answer.
const linger = time.Second

// Serve answers on a listener until ctx is done. Then it drains: it says that it is not ready,
// after Limits.DrainDelay takes no more connections, answers what comes on those that there are,
// closing each after its answer, and returns when there is none any more, or with an error after
// Limits.Drain.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go s.models.watch(watching)
	server := s.guard.Server(s.Handler(loopback.IsLocalListener(l)))
	server.ErrorLog = slog.NewLogLogger(s.Log.Handler(), slog.LevelWarn)
	failed := make(chan error, 1)
	gate := newGate(l)
	go func() { failed <- server.Serve(s.guard.Listener(gate)) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	if err := s.leave(failed); err != nil {
		return err
	}
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

// leave says that the server is not ready any more, and goes on for Limits.DrainDelay: who spreads
// requests may learn of it late.
func (s *Server) leave(failed <-chan error) error {
	s.Log.Info("draining", "delay", s.DrainDelay)
	s.leaving.Store(true)
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-time.After(s.DrainDelay):
	}
	s.draining.Store(true)
	return nil
}

// drain waits for the requests in flight. In the last quarter of its time it does not wait for
// clients any more that send or take nothing.
func (s *Server) drain(ctx context.Context, server *http.Server) error {
	patience := time.Now().Add(s.Drain * 3 / 4)
	for !s.guard.Idle(linger) && ctx.Err() == nil {
		if time.Now().After(patience) {
			s.guard.EvictWaiting()
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.guard.EvictWaiting()
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}
