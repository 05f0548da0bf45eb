package cli

import (
	"context"
	"fmt"
	"log/slog"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/internal/printable"
	"github.com/resnetgen/resnetgen/runtime/internal/output"
)

// journal is where a training's events go: to its run's log, as JSON lines, and to the user.
type journal struct {
	run     *slog.Logger // the run's log
	file    logFile
	user    func(text string) // what the user may not expect
	json    *slog.Logger      // everything as JSON lines on the output; nil for text
	outputs *output.Outputs
	streams []*stream
}

// logFlag adds --log to a command.
func logFlag(c *cobra.Command) *string {
	return c.Flags().String("log", "text", "text, or json: JSON lines on standard output, errors also as text")
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
	j.outputs = output.New(func(format string, args ...any) {
		if j.json != nil { // which may be what fails
			a.note(format, args...)
		}
		j.note(format, args...)
	})
	return j, nil
}

// newLastingJournal is newJournal for a command that goes on when its standard streams fail, as
// those to a closed pipe do.
func (a *app) newLastingJournal(format string) (*journal, error) {
	signal.Ignore(syscall.SIGPIPE)
	out, errOut := &stream{name: "standard output", to: a.out}, &stream{name: "standard error", to: a.errOut}
	a.out, a.errOut = out, errOut
	j, err := a.newJournal(format)
	if err != nil {
		return nil, err
	}
	j.streams = []*stream{out, errOut}
	return j, nil
}

// note says something to both.
func (j *journal) note(format string, args ...any) {
	text := printable.Sprintf(format, adviseAll(args)...)
	j.run.Info(text)
	j.user(text)
	j.check()
}

// check says which of the journal's outputs have failed. They do not say so themselves, since a
// logger that writes to them is locked meanwhile.
func (j *journal) check() {
	j.outputs.Try("log.jsonl", j.file.failure)
	for _, s := range j.streams {
		j.outputs.Try(s.name, s.failure)
	}
}

// event says something to the run's log and, as JSON, to the user, for whom there is a text
// otherwise.
func (j *journal) event(what string, attributes ...any) {
	j.record(slog.LevelInfo, what, attributes...)
}

// failed is the event that ends a run by an error.
func (j *journal) failed(step int, err error) {
	j.record(slog.LevelError, "failed", "step", step, "error", advise(err).Error())
}

func (j *journal) record(level slog.Level, what string, attributes ...any) {
	j.run.Log(context.Background(), level, what, attributes...)
	if j.json != nil {
		j.json.Log(context.Background(), level, what, attributes...)
	}
	j.check()
}
