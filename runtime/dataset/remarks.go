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
	Untested   []string       // classes that have some, but none to test with
	PassedOver map[string]int // how many files have an ending that is no picture's
}

// mostEndings is how many endings are named.
const mostEndings = 8

// Lines says each in a line.
func (r *Remarks) Lines() (lines []string) {
	for _, class := range r.Empty {
		lines = append(lines, fmt.Sprintf("class %q has no picture to train on", class))
	}
	for _, class := range r.Untested {
		lines = append(lines, fmt.Sprintf("class %q has no picture to test with", class))
	}
	if len(r.PassedOver) == 0 {
		return lines
	}
	var passed []string
	for _, ending := range slices.Sorted(maps.Keys(r.PassedOver)) {
		name := ending
		if ending == "" {
			name = "without one"
		}
		passed = append(passed, fmt.Sprintf("%d %s", r.PassedOver[ending], name))
	}
	if more := len(passed) - mostEndings; more > 0 {
		passed = append(passed[:mostEndings], fmt.Sprintf("and %d endings more", more))
	}
	return append(lines, "passed over by their endings, which are no pictures': "+strings.Join(passed, ", "))
}

// without is the error of a folder in whose subfolders there are files but no pictures; nil if there are no files.
func (r *Remarks) without(dir string) error {
	if len(r.PassedOver) == 0 {
		return nil
	}
	return fmt.Errorf("%w; in subfolders:\n  %s", errNoData(dir), strings.Join(r.Lines(), "\n  "))
}
