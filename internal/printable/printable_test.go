package printable

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// TestString holds what is escaped, and what is not.
func TestString(t *testing.T) {
	for text, want := range map[string]string{
		"sneaker":                  "sneaker",
		"":                         "",
		`C:\runs`:                  `C:\runs`,
		"Stiefelette, ボート, \u00e9": "Stiefelette, ボート, \u00e9",
		"\u0645\u06cc\u200c\u062e, \U0001f469\u200d\U0001f527": "\u0645\u06cc\u200c\u062e, \U0001f469\u200d\U0001f527",
		"a\u00a0b, \ufffd":    "a\u00a0b, \ufffd",
		"a\nb\r\tc":           `a\nb\r\tc`,
		"\x1b[31mred\x07\x7f": `\u001b[31mred\u0007\u007f`,
		"\u009b31m\u0085":     `\u009b31m\u0085`,
		"\x9b\xff":            `\x9b\xff`,
		"\xe2\x80":            `\xe2\x80`,
		"\u202egnp.exe\u2066": `\u202egnp.exe\u2066`,
		"\u200e\u200f\u061c":  `\u200e\u200f\u061c`,
		"\u2028\u2029\ufeff":  `\u2028\u2029\ufeff`,
		"\U000e0041":          `\udb40\udc41`,
	} {
		if got := String(text); got != want {
			t.Errorf("String(%q): got %s, want %s", text, got, want)
		}
	}
}

// TestCell holds that no cell is a formula.
func TestCell(t *testing.T) {
	for text, want := range map[string]string{
		"boot": "boot", "": "", "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)",
		"\t=1": `\t=1`, "\r=1": `\r=1`, "  =1": "'  =1", "＝1": "'＝1", "a=b": "a=b", "'": "'",
	} {
		if got := Cell(text); got != want {
			t.Errorf("Cell(%q): got %q, want %q", text, got, want)
		}
	}
}

// TestWord holds what is in quotes.
func TestWord(t *testing.T) {
	for text, want := range map[string]string{
		"runs/first-1.x": "runs/first-1.x", "": "''", "my photos": "'my photos'", "it's": `'it'\''s'`, "$HOME": "'$HOME'", `a\b`: `'a\b'`,
	} {
		if got := Word(text); got != want {
			t.Errorf("Word(%q): got %s, want %s", text, got, want)
		}
	}
}

// TestError holds that newlines in a name do not begin lines, and that those of lists and of joined
// errors do.
func TestError(t *testing.T) {
	missing := &fs.PathError{Op: "open", Path: "a\nnet: done", Err: fs.ErrNotExist}
	for want, err := range map[string]error{
		`open a\nnet: done: file does not exist`:                               missing,
		"run: open a\\nnet: done: file does not exist\nb":                      errors.Join(fmt.Errorf("run: %w", missing), errors.New("b")),
		"two do not fit:\n  a\n  b":                                            errors.New("two do not fit:\n  a\n  b"),
		"x \\u001b: open a\\nnet: done: file does not exist and b, all by now": fmt.Errorf("x \x1b: %w and %w, all by now", missing, errors.New("b")),
		`of a\nb: c`: fmt.Errorf("of %s: %w", "a\nb", errors.New("c")),
	} {
		if got := Error(err); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestSprintf holds which arguments are escaped, and how often.
func TestSprintf(t *testing.T) {
	got := Sprintf("%s|%q|%v|%5.2s|%d|%v|%v\n", "\x1b", "\x1b", errors.New("a\rb"), "abc", 7, []string{"\a"}, nil)
	if want := "\\u001b|\"\\x1b\"|a\\rb|   ab|7|[\\u0007]|<nil>\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestWriterPieces writes any text in any pieces: what arrives is the whole text with its controls
// escaped.
func TestWriterPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "text")
		var out bytes.Buffer
		w := NewWriter(&out)
		for rest := whole; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			if got, err := w.Write([]byte(rest[:n])); got != n || err != nil {
				t.Fatalf("got %d bytes, %v; want %d", got, err, n)
			}
			rest = rest[n:]
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if want := Lines(whole); out.String() != want {
			t.Fatalf("got %q, want %q", out.String(), want)
		}
		for _, r := range out.String() {
			if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
				t.Fatalf("got %q in %q", r, out.String())
			}
		}
		if !utf8.Valid(out.Bytes()) {
			t.Fatalf("got %q, want UTF-8", out.String())
		}
	})
}

// TestWriterJSON holds that JSON keeps its value on its way through a Writer.
func TestWriterJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.String().Draw(t, "value") + "\x7f\u009b\u202e\U000e0041"
		var out bytes.Buffer
		if err := json.NewEncoder(NewWriter(&out)).Encode(value); err != nil {
			t.Fatal(err)
		}
		var got string
		if err := json.Unmarshal(out.Bytes(), &got); err != nil || got != value {
			t.Fatalf("got %q, %v; want %q", got, err, value)
		}
	})
}

// TestWriterFails passes on an error of what it writes to.
func TestWriterFails(t *testing.T) {
	want := errors.New("disk full")
	if n, err := NewWriter(failing{want}).Write([]byte("a")); n != 0 || !errors.Is(err, want) {
		t.Errorf("got %d bytes, %v; want 0 and %v", n, err, want)
	}
	var inner strings.Builder
	if w := NewWriter(&inner); NewWriter(w) != w || w.Unwrap() != &inner {
		t.Error("got a Writer of a Writer, want the same")
	}
}

type failing struct{ error }

func (f failing) Write([]byte) (int, error) { return 0, f.error }
