package printable

import (
	"fmt"
	"io"
	"strings"
)

// Sprintf is fmt.Sprintf, but strings and errors among the arguments pass [String] and [Error]
// first. The verb %q gets them as they are, since it escapes them itself.
func Sprintf(format string, args ...any) string { return fmt.Sprintf(format, arguments(args)...) }

// Fprintf is fmt.Fprintf as [Sprintf] is fmt.Sprintf.
func Fprintf(w io.Writer, format string, args ...any) (int, error) {
	return fmt.Fprintf(w, format, arguments(args)...)
}

func arguments(args []any) []any {
	all := make([]any, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case string:
			all[i] = text{a, String(a)}
		case error:
			all[i] = text{a.Error(), Error(a)}
		case []string:
			shown := make([]any, len(a))
			for k, s := range a {
				shown[k] = text{s, String(s)}
			}
			all[i] = shown
		default:
			all[i] = a
		}
	}
	return all
}

// text is an argument as it is, and as it is shown.
type text struct{ raw, shown string }

// Format implements fmt.Formatter.
func (t text) Format(f fmt.State, verb rune) {
	s := t.shown
	if verb == 'q' {
		s = t.raw
	}
	fmt.Fprintf(f, fmt.FormatString(f, verb), s)
}

// Error returns an error's text with its control characters escaped. Newlines stay between errors
// that are joined, and where an error lists something: before two spaces. So no name in an error
// can begin a line.
func Error(err error) string {
	whole := err.Error()
	var parts []error
	switch e := err.(type) { //nolint:errorlint // the tree is walked here
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			parts = []error{inner}
		}
	case interface{ Unwrap() []error }:
		parts = e.Unwrap()
	}
	var shown strings.Builder
	for _, part := range parts {
		before, after, found := strings.Cut(whole, part.Error())
		if !found {
			continue
		}
		shown.WriteString(between(before) + Error(part))
		whole = after
	}
	return shown.String() + between(whole)
}

// between escapes the text around the errors that an error wraps.
func between(s string) string {
	if s == "\n" {
		return s
	}
	lines := strings.Split(s, "\n  ")
	for i := range lines {
		lines[i] = String(lines[i])
	}
	return strings.Join(lines, "\n  ")
}
