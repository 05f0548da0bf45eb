// Package draw draws the curves and the confusion matrix of a run, as SVG and PNG.
package draw

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/resnetgen/resnetgen/internal/printable"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// The longest texts of a picture, in characters.
const (
	longestLabel = 18
	longestTitle = 80
)

// shortened returns a text as a picture has room for it: one line of at most so many characters,
// none of which XML lacks.
func shortened(text string, most int) string {
	text = strings.TrimSpace(printable.String(text))
	characters := []rune(text)
	if len(characters) > most {
		return strings.TrimRight(string(characters[:most-1]), " ") + "…"
	}
	if text == "" {
		return "–"
	}
	return text
}

// shortLabels returns the names of classes as a picture's axes have room for them.
func shortLabels(names []string) []string {
	labels := make([]string, len(names))
	for i, name := range names {
		labels[i] = shortened(name, longestLabel)
	}
	return labels
}

// Title is a picture's title, with more behind it, and the accuracy of the test part, if that was
// evaluated at the run's end.
func Title(h *runs.History, title, more string) string {
	if h.Final != nil {
		more += fmt.Sprintf(", test accuracy %.2f %%", 100*h.Final.Accuracy)
	}
	return shortened(title, longestTitle-utf8.RuneCountInString(more)) + more
}
