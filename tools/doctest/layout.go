package doctest

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	readmeLines     = 200
	markdownColumns = 100
)

// LayoutProblems lists what is too long in a document: a README of more than 200 lines, and lines
// of more than 100 columns. Tables, code blocks and HTML comments may be wider, and so may a line
// of one word, such as a URL.
func LayoutProblems(path, source string) (problems []string) {
	lines := strings.Split(strings.TrimSuffix(source, "\n"), "\n")
	if path == "README.md" && len(lines) > readmeLines {
		problems = append(problems, fmt.Sprintf("%s: got %d lines, want at most %d", path, len(lines), readmeLines))
	}
	code, comment := false, false
	for i, line := range lines {
		text := strings.TrimSpace(line)
		if strings.HasPrefix(text, "```") {
			code = !code
		}
		if strings.HasPrefix(text, "<!--") {
			comment = true
		}
		columns := utf8.RuneCountInString(line)
		free := code || comment || strings.HasPrefix(text, "|") || !strings.ContainsAny(text, " \t")
		if columns > markdownColumns && !free {
			problems = append(problems, fmt.Sprintf("%s:%d: got %d columns, want at most %d", path, i+1, columns, markdownColumns))
		}
		if strings.HasSuffix(text, "-->") {
			comment = false
		}
	}
	return problems
}

// StartsWithCommand reports whether a document shows a command or a file before its second heading.
func StartsWithCommand(source string) bool {
	headings := 0
	for line := range strings.Lines(source) {
		if strings.HasPrefix(line, "```") {
			return true
		}
		if strings.HasPrefix(line, "#") {
			headings++
		}
		if headings > 1 {
			return false
		}
	}
	return false
}
