package cli

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/internal/printable"
)

// journal is where a training's events go: to its run's log, as JSON lines, and to the user.
type journal struct {
	run  *slog.Logger // the run's log
	file logFile
	user func(text string) // what the user may not expect
	json *slog.Logger      // everything as JSON lines on the output; nil for text
}

// logFlag adds --log to a command.
func logFlag(c *cobra.Command) *string {
	return c.Flags().String("log", "text", "text, or json: everything that is said as JSON lines on the output; an error also as text")
}

// newJournal begins a journal; format is what --log says.
func (a *app) newJournal(format string) (*journal, error) {
	j := &journal{}
	j.run = slog.New(slog.NewJSONHandler(printable.NewWriter(&j.file), nil))
	switch {
	case format == "json":
		j.json = slog.New(slog.NewJSONHandler(a.out, nil))
		j.user = func(text string) { j.json.Info(text) }
	case format != "text":
		return nil, fmt.Errorf("--log: got %q, want text or json", format)
	case terminal(a.errOut) != nil:
		l := slog.New(colours(terminal(a.errOut)))
		j.user = func(text string) { l.Info(text) }
	default:
		j.user = func(text string) { fmt.Fprintln(a.errOut, text) }
	}
	return j, nil
}

// note says something to both.
func (j *journal) note(format string, args ...any) {
	text := printable.Sprintf(format, args...)
	j.run.Info(text)
	j.user(text)
}

// event says something to the run's log and, as JSON, to the user, for whom there is a text otherwise.
func (j *journal) event(what string, attributes ...any) {
	j.record(slog.LevelInfo, what, attributes...)
}

// failed is the event that ends a run by an error.
func (j *journal) failed(step int, err error) {
	j.record(slog.LevelError, "failed", "step", step, "error", err.Error())
}

func (j *journal) record(level slog.Level, what string, attributes ...any) {
	j.run.Log(context.Background(), level, what, attributes...)
	if j.json != nil {
		j.json.Log(context.Background(), level, what, attributes...)
	}
}

// logFile is a file that is opened later: until then it keeps what is written.
type logFile struct {
	before bytes.Buffer
	file   *os.File
}

func (f *logFile) Write(p []byte) (int, error) {
	if f.file == nil {
		return f.before.Write(p)
	}
	return f.file.Write(p)
}

// open appends to the file of a path from now on.
func (f *logFile) open(path string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("open the run's log: %w", err)
	}
	if _, err := file.Write(f.before.Bytes()); err != nil {
		return fmt.Errorf("write the run's log: %w", err)
	}
	f.file = file
	return nil
}

func (f *logFile) close() error {
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}
