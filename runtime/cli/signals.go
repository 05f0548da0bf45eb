package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// untilSignal returns a context that SIGINT, SIGTERM or SIGHUP ends, until stop is called. A second
// SIGINT or SIGTERM ends the program at once. A second SIGHUP does nothing: both a shell and the
// system send one when a terminal is closed. A SIGHUP that was ignored at the start, as nohup has
// it, stays ignored.
func untilSignal(parent context.Context) (ctx context.Context, stop func()) {
	ctx, release := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithCancel(ctx)
	context.AfterFunc(ctx, release)
	hangups := make(chan os.Signal, 1)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(hangups, syscall.SIGHUP)
	}
	go func() {
		select {
		case <-hangups:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		cancel()
		release()
		signal.Stop(hangups)
	}
}
