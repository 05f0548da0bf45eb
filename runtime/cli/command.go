package cli

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/runtime/classify"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// Command makes an opt-in command of a trainer, such as its prediction server. A trainer links the
// commands that it was generated with, and no other. An error of a command is wrong input, exit
// code 2, unless it is one of [Failed].
type Command func(*Host) *cobra.Command

// Host is what a command gets of its trainer.
type Host struct {
	Info        *network.Info
	Out, ErrOut io.Writer
	// Flags adds to a command what Load depends on.
	Flags func(*cobra.Command)
	// Load loads a checkpoint: a file, or a run's folder: its best. Several may be loaded at one
	// time.
	Load func(path string) (*classify.LoadedModel, error)
	// Find returns the file that Load would load.
	Find func(path string) (string, error)
	// Log returns who writes a log: for people on ErrOut, or where the format is json, as JSON
	// lines on Out.
	Log func(format string) (*slog.Logger, error)
}

// Failed makes an error one that is not the user's: exit code 1.
func Failed(err error) error { return failure{err} }

// LogFlag adds --log to a command, for [Host].Log.
func LogFlag(c *cobra.Command) *string { return logFlag(c) }

func (a *app) host() *Host {
	return &Host{
		Info: a.Info, Out: a.out, ErrOut: a.errOut,
		Flags: a.threadsFlag, Load: a.loadModel, Find: runs.Find, Log: a.newLog,
	}
}

// newLog returns who writes a command's log.
func (a *app) newLog(format string) (*slog.Logger, error) {
	switch {
	case format == "json":
		return slog.New(slog.NewJSONHandler(a.out, nil)), nil
	case format != "text":
		return nil, fmt.Errorf("--log: got %q, want text or json", format)
	}
	if t := terminal(a.errOut); t != nil {
		return slog.New(colours(t)), nil
	}
	return slog.New(slog.NewTextHandler(a.errOut, nil)), nil
}
