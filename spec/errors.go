package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Error is one problem of a spec.
type Error struct {
	File string // as the caller named it
	Line int    // from 1
	Col  int    // from 1, in characters
	Path string // of the value, such as train.learning_rate.values[2]; empty: the whole file
	Got  string
	Want string

	beyondSchema bool // no schema states the rule, or only in part
}

// Error returns the problem in the form "net.yaml:14:5: strides[1]: got 0, want 1 or more".
func (e Error) Error() string {
	path := e.Path
	if path != "" {
		path += ": "
	}
	return fmt.Sprintf("%s:%d:%d: %sgot %s, want %s", e.File, e.Line, e.Col, path, e.Got, e.Want)
}

// Errors are all problems of a file, sorted by position.
type Errors []Error

// Error returns one line a problem.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i := range e {
		lines[i] = e[i].Error()
	}
	return strings.Join(lines, "\n")
}

// sorted returns e in the order of positions; problems of one position keep theirs.
func (e Errors) sorted() Errors {
	slices.SortStableFunc(e, func(a, b Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	return e
}

// shownRunes bounds how much of a user's value a message repeats.
const shownRunes = 60

// shown returns a user's text as messages repeat it: whole if it is short and printable.
func shown(s string) string {
	if utf8.RuneCountInString(s) > shownRunes {
		s = string([]rune(s)[:shownRunes]) + "…"
	}
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}

// quoted returns a user's text as messages repeat a string value.
func quoted(s string) string {
	if utf8.RuneCountInString(s) > shownRunes {
		s = string([]rune(s)[:shownRunes]) + "…"
	}
	return strconv.Quote(s)
}

// oneOf lists alternatives as a sentence does: a, b or c.
func oneOf(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// nearest returns the word of words that s most likely means, or "" if none is near.
func nearest(s string, words []string) string {
	best, bestDistance := "", len(s)/3+2
	if len(s) > shownRunes {
		return ""
	}
	for _, w := range words {
		if d := editDistance(s, w); d < bestDistance {
			best, bestDistance = w, d
		}
	}
	return best
}

// editDistance returns the Levenshtein distance of a and b in bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substitute := diagonal
			if a[i] != b[j] {
				substitute++
			}
			diagonal = row[j+1]
			row[j+1] = min(substitute, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
