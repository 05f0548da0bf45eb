package dashboard

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/runtime/cli"
	"github.com/resnetgen/resnetgen/runtime/internal/loopback"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// Command returns the trainer's command dashboard.
func Command() cli.Command {
	return func(h *cli.Host) *cobra.Command {
		address := ""
		c := &cobra.Command{
			Use: "dashboard RUNS", Short: "show finished runs as a page", Args: cobra.ExactArgs(1),
			Long: `dashboard shows the runs in a folder, or one run, on the page of train --dashboard: curves, accuracy,
and how each run ended. It reads the runs again whenever the page asks, and changes nothing. Runs do
not record layer times, the confusion matrix and the worst mistakes: only the page of a training has
them. By default this machine alone reaches the page. SIGINT and SIGTERM end the command with exit
code 0.`,
		}
		c.Flags().StringVar(&address, "addr", "127.0.0.1:8080", "`address` to listen on, such as :8080, which is 127.0.0.1:8080; port 0: any")
		format := cli.LogFlag(c)
		c.RunE = func(c *cobra.Command, args []string) error { return show(c.Context(), h, args[0], address, *format) }
		return c
	}
}

// show serves the runs in a folder until a signal.
func show(ctx context.Context, h *cli.Host, folder, address, format string) error {
	log, err := h.Log(format)
	if err != nil {
		return err
	}
	root, err := checkFolder(folder)
	if err != nil {
		return err
	}
	l, err := loopback.Listen("--addr", address)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the second signal ends the program
	s := newServer(nil, root, "", h.Info, loopback.IsLocalListener(l))
	s.serve(l)
	log.Info("listening", "url", "http://"+l.Addr().String()+"/")
	if !loopback.IsLocalListener(l) {
		log.Warn("anybody who reaches this address may see the runs", "addr", l.Addr().String())
	}
	select {
	case <-s.done:
		return cli.Failed(fmt.Errorf("dashboard: %w", s.err))
	case <-ctx.Done():
		s.end()
		return nil
	}
}

// checkFolder returns the whole path of a folder, which must have runs or be one.
func checkFolder(folder string) (root string, err error) {
	const want = "want a folder of runs, or a run's"
	info, err := os.Stat(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("dashboard: %s: got no such folder, %s", folder, want)
	case err != nil:
		return "", fmt.Errorf("dashboard: %w", err)
	case !info.IsDir():
		return "", fmt.Errorf("dashboard: %s: got a file, %s", folder, want)
	}
	all, err := runs.List(folder)
	if err != nil {
		return "", fmt.Errorf("dashboard: %w", err)
	}
	if len(all) == 0 {
		return "", fmt.Errorf("dashboard: %s: got no %s in it or in its folders, %s", folder, runs.SettingsFile, want)
	}
	if root, err = filepath.Abs(folder); err != nil {
		return "", fmt.Errorf("dashboard: %w", err)
	}
	return root, nil
}
