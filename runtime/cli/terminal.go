package cli

import (
	"io"
	"log/slog"
	"os"

	"github.com/lmittmann/tint"
	"golang.org/x/term"

	"github.com/resnetgen/resnetgen/internal/printable"
)

// terminal returns the terminal that w writes to, or nil. What is written to it is not escaped: it
// is for colours and progress bars.
func terminal(w io.Writer) *os.File {
	for {
		wrapper, ok := w.(interface{ Unwrap() io.Writer })
		if !ok {
			break
		}
		w = wrapper.Unwrap()
	}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// colours returns who writes a log in colours. Texts of a record pass package printable.
func colours(w io.Writer) slog.Handler {
	return tint.NewTextHandler(w, &tint.Options{TimeFormat: "15:04:05", ReplaceAttr: escapeAttr})
}

func escapeAttr(_ []string, a slog.Attr) slog.Attr {
	escape := printable.String
	if a.Key == slog.MessageKey {
		escape = printable.Lines // the journal has escaped what is from outside
	}
	switch v := a.Value.Any().(type) {
	case string:
		a.Value = slog.StringValue(escape(v))
	case error:
		a.Value = slog.StringValue(printable.Error(v))
	}
	return a
}
