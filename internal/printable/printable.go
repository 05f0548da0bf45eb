// Package printable makes text from outside safe to print: names of classes, files, runs and
// tensors, replies of servers, metadata of a file. Such text may hold control characters, with
// which it could move a terminal's cursor, forge a line of a log, or show its letters in another
// order.
//
// They are written as escapes: \n, \r and \t, \u001b for a character, \xff for a byte that is not
// UTF-8. Those of characters are JSON's, so that JSON keeps its value. A backslash stays as it is.
package printable

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// String returns s with its control characters escaped, also newlines and tabs.
func String(s string) string {
	return escaped(s, "")
}

// Lines returns s with its control characters escaped but newlines and tabs: text that is laid out
// already.
func Lines(s string) string {
	return escaped(s, layout)
}

// layout is what lines and tables are made of.
const layout = "\n\t"

// Cell returns s as a text cell of a CSV file: [String], and behind an apostrophe where a
// spreadsheet would take it for a formula.
func Cell(s string) string {
	s = String(s)
	if first := strings.TrimLeftFunc(s, unicode.IsSpace); first != "" && strings.ContainsAny(first[:firstRune(first)], "=+-@＝＋－＠") {
		return "'" + s
	}
	return s
}

// Word returns s as a shell reads it: in quotes, if it has to be.
func Word(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

var plainWord = regexp.MustCompile(`^[\w@%+=:,./-]+$`)

// firstRune returns the length of a text's first rune.
func firstRune(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

// escaped escapes the control characters of s that are not in kept.
func escaped(s, kept string) string {
	start := firstControl(s, kept)
	if start == len(s) {
		return s
	}
	return string(appendEscaped(append(make([]byte, 0, len(s)+16), s[:start]...), s[start:], kept))
}

// firstControl returns where the first character is that has to be escaped, or the length of s.
func firstControl(s, kept string) int {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if isControl(r, n) && !strings.ContainsRune(kept, r) {
			return i
		}
		i += n
	}
	return len(s)
}

// appendEscaped appends s to dst with its control characters escaped, but those in kept.
func appendEscaped(dst []byte, s, kept string) []byte {
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case !isControl(r, n) || strings.ContainsRune(kept, r):
			dst = append(dst, s[:n]...)
		case r == utf8.RuneError: // no rune at all
			dst = append(dst, '\\', 'x', hexDigits[s[0]>>4], hexDigits[s[0]&15])
		default:
			dst = appendEscape(dst, r)
		}
		s = s[n:]
	}
	return dst
}

func appendEscape(dst []byte, r rune) []byte {
	switch r {
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
		return fmt.Appendf(dst, `\u%04x\u%04x`, high, low)
	}
	return fmt.Appendf(dst, `\u%04x`, r)
}

// controls are the characters that act on a terminal or on the text around them, and show nothing
// themselves.
var controls = []*unicode.RangeTable{unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp}

const zeroWidthNonJoiner, zeroWidthJoiner = '\u200c', '\u200d' // Persian words and emoji are spelled with them

// isControl reports whether a rune of n bytes has to be escaped.
func isControl(r rune, n int) bool {
	switch {
	case r < utf8.RuneSelf:
		return r < ' ' || r == 0x7f
	case r == utf8.RuneError:
		return n == 1 // not a replacement character that is spelled out
	case r == zeroWidthNonJoiner, r == zeroWidthJoiner:
		return false
	}
	return unicode.In(r, controls...)
}
