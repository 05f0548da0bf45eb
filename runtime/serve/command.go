package serve

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/runtime/cli"
	"github.com/resnetgen/resnetgen/runtime/internal/loopback"
	"github.com/resnetgen/resnetgen/runtime/preprocess"
)

// flags are what serve takes.
type flags struct {
	checkpoint, address string
	limits              Limits
	log                 *string
}

// Command returns the trainer's command serve.
func Command() cli.Command {
	return func(h *cli.Host) *cobra.Command {
		f := &flags{limits: DefaultLimits}
		c := &cobra.Command{
			Use: "serve", Short: "serve predictions over HTTP", Args: cobra.NoArgs,
			Long: `serve answers predictions over HTTP, on this machine alone by default: a page at /, images at POST
/predict, the Open Inference Protocol below /v2, metrics for Prometheus at /metrics.

A new checkpoint, such as a run's new best, replaces the served one without failing a request. serve
looks for it every --poll; SIGHUP and POST /v2/repository/models/NAME/load look at once. If the new
one cannot be loaded, serve reports why and keeps the old one. SIGINT and SIGTERM finish the requests
in progress and exit 0; a second one ends the program at once.`,
		}
		h.Flags(c)
		f.add(c)
		c.RunE = func(c *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return f.serve(c.Context(), h)
		}
		return c
	}
}

func (f *flags) add(c *cobra.Command) {
	l, set := &f.limits, c.Flags()
	set.StringVar(&f.checkpoint, "checkpoint", "", "a checkpoint, or a run's folder for its best one")
	set.StringVar(&f.address, "addr", "127.0.0.1:8080", "`address` to listen on, such as :8080, which is 127.0.0.1:8080; port 0: any")
	set.IntVar(&l.MaxBatch, "max-batch", l.MaxBatch, "images in a batch, at most")
	set.DurationVar(&l.MaxDelay, "max-delay", l.MaxDelay, "how long an image waits for others to share a batch")
	set.IntVar(&l.MaxQueue, "max-queue", l.MaxQueue, "images in the queue, at most; beyond: 503")
	set.Int64Var(&l.MaxBody, "max-body", l.MaxBody, "bytes of a request's body; beyond: 413")
	set.Int64Var(&l.MaxMemory, "max-memory", l.MaxMemory, "bytes of all requests in flight: bodies, pixels, tensors, replies; 0: 160 MiB, or 10 times --max-body")
	set.IntVar(&l.MaxConnections, "max-connections", l.MaxConnections, "connections, at most; beyond: the one idle for longest is closed")
	set.IntVar(&l.MaxRequests, "max-requests", l.MaxRequests, "requests in progress, at most; beyond: 503")
	set.DurationVar(&l.ReadTimeout, "read-timeout", l.ReadTimeout, "from a request's first byte until all of it must be there; beyond: 408")
	set.DurationVar(&l.Timeout, "timeout", l.Timeout, "from a request's first byte until its answer; beyond: 504")
	set.DurationVar(&l.Drain, "drain", l.Drain, "how long requests in flight may take after SIGTERM")
	set.DurationVar(&l.DrainDelay, "drain-delay", l.DrainDelay, "how long to accept connections after SIGTERM, while reporting that the server is not ready")
	set.DurationVar(&l.Poll, "poll", l.Poll, "how often to look for a new checkpoint; 0: never")
	f.log = cli.LogFlag(c)
}

func (f *flags) check() error {
	if f.checkpoint == "" {
		return fmt.Errorf("--checkpoint: got nothing, want a checkpoint, or a run's folder for its best one")
	}
	l := &f.limits
	for _, n := range []struct {
		flag  string
		value int64
		most  int64
	}{
		{"max-batch", int64(l.MaxBatch), 1 << 16},
		{"max-queue", int64(l.MaxQueue), 1 << 20},
		{"max-body", l.MaxBody, 1 << 32},
		{"max-requests", int64(l.MaxRequests), 1 << 20},
		{"max-connections", int64(l.MaxConnections), 1 << 20},
	} {
		if n.value < 1 || n.value > n.most {
			return fmt.Errorf("--%s: got %d, want 1 to %d", n.flag, n.value, n.most)
		}
	}
	for _, d := range []struct {
		flag         string
		value, least time.Duration
	}{
		{"max-delay", l.MaxDelay, 0},
		{"read-timeout", l.ReadTimeout, time.Millisecond},
		{"timeout", l.Timeout, time.Millisecond},
		{"drain", l.Drain, 0},
		{"drain-delay", l.DrainDelay, 0},
		{"poll", l.Poll, 0},
	} {
		if d.value < d.least || d.value > 24*time.Hour {
			return fmt.Errorf("--%s: got %v, want %v to 24h", d.flag, d.value, d.least)
		}
	}
	if l.MaxMemory != 0 && (l.MaxMemory < 10*l.MaxBody || l.MaxMemory > 1<<40) {
		return fmt.Errorf("--max-memory: got %d, want 0 or %d, 10 times --max-body, to %d", l.MaxMemory, 10*l.MaxBody, int64(1)<<40)
	}
	if l.Poll > 0 && l.Poll < 10*time.Millisecond {
		return fmt.Errorf("--poll: got %v, want 0 or 10ms to 24h", l.Poll)
	}
	return nil
}

// serve serves until a signal.
func (f *flags) serve(ctx context.Context, h *cli.Host) error {
	log, err := h.Log(*f.log)
	if err != nil {
		return err
	}
	if text := cli.PortableNote(); text != "" {
		log.Warn(text)
	}
	l, err := loopback.Listen("--addr", f.address)
	if err != nil {
		return err
	}
	defer l.Close() //nolint:errcheck // it is closed if it was served on
	s, err := New(Options{
		Name: h.Info.Name, Input: h.Info.Input, Classes: h.Info.Classes,
		Preprocess: preprocess.Options(h.Info.Preprocess), Standardizer: preprocess.NewStandardizer(h.Info.Mean, h.Info.Std),
		Checkpoint: f.checkpoint, Load: h.Load, Find: h.Find, Log: log, Limits: f.limits,
	})
	if err != nil {
		return err
	}
	defer s.Close()
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the second signal ends the program
	defer s.onHangup()()
	log.Info("listening", "url", "http://"+l.Addr().String()+"/")
	if !loopback.IsLocalListener(l) {
		log.Warn("anybody who reaches this address may ask, and see the page and the metrics", "addr", l.Addr().String())
	}
	if err := s.Serve(ctx, l); err != nil {
		return cli.Failed(err)
	}
	return nil
}

// onHangup loads the checkpoint again at each SIGHUP, until the function that it returns is called.
func (s *Server) onHangup() (end func()) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	ended := make(chan struct{})
	go func() {
		for {
			select {
			case <-hangups:
				if err := s.Reload(); err != nil {
					s.Log.Debug("SIGHUP", slog.Any("error", err)) // Reload has said it
				}
			case <-ended:
				return
			}
		}
	}()
	return func() {
		signal.Stop(hangups)
		close(ended)
	}
}
