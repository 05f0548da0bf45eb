package dataset

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Remarks are what one may not expect of a folder of pictures.
type Remarks struct {
	Empty      []string       // classes that have a folder, but no picture to train on
	PassedOver map[string]int // how many files have an ending that is no picture's
}

// mostEndings is how many endings are named.
const mostEndings = 8

// Lines says each in a line.
func (r *Remarks) Lines() (lines []string) {
	for _, class := range r.Empty {
		lines = append(lines, fmt.Sprintf("class %q has no picture to train on", class))
	}
	endings := slices.Sorted(maps.Keys(r.PassedOver))
	for _, ending := range endings[:min(len(endings), mostEndings)] {
		lines = append(lines, fmt.Sprintf("passed over, since no picture ends in %q: %d files", ending, r.PassedOver[ending]))
	}
	if more := len(endings) - mostEndings; more > 0 {
		lines = append(lines, fmt.Sprintf("passed over besides: files of %d other endings", more))
	}
	return lines
}

// without is the error of a folder in whose subfolders there are files but no pictures; nil if there are no files.
func (r *Remarks) without(dir string) error {
	if len(r.PassedOver) == 0 {
		return nil
	}
	return fmt.Errorf("%w; in subfolders:\n  %s", errNoData(dir), strings.Join(r.Lines(), "\n  "))
}
