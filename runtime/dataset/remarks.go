package dataset

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/resnetgen/resnetgen/runtime/preprocess"
)

// Remarks report what a user may not expect in a folder of images.
type Remarks struct {
	Empty          []string       // classes with a folder but no training image
	Untested       []string       // classes with training images but no test image
	SkippedFiles   map[string]int // files that are not images, counted by extension
	Unlabelled     []Unlabelled   // folders with images outside the classes' folders
	SkippedFolders []string       // folders with images outside the parts
	Links          []string       // links not followed, and why
}

// Unlabelled is a folder with images that are in no class's folder: they are left out.
type Unlabelled struct {
	Folder string `json:"folder"`
	Images int    `json:"images"`
}

// String says what is left out, and why.
func (u Unlabelled) String() string {
	return fmt.Sprintf("%s: %d images outside the classes' folders are unlabelled: skipped", u.Folder, u.Images)
}

// unlabelled adds to an error which folders are left out.
func (r *Remarks) unlabelled() (text string) {
	for _, u := range r.Unlabelled {
		text += "; " + u.String()
	}
	return text
}

// leftOut notes the folders with images that are no part's.
func (r *Remarks) leftOut(dir string, parts partFolders) {
	for _, folder := range withImages(dir) {
		if folder != parts.train && folder != parts.validation && folder != parts.test {
			r.SkippedFolders = append(r.SkippedFolders, folder)
		}
	}
}

// maxEndings bounds how many extensions are named.
const maxEndings = 8

// Lines returns a line for each remark.
func (r *Remarks) Lines() (lines []string) {
	for _, class := range r.Empty {
		lines = append(lines, fmt.Sprintf("class %q has no image to train on", class))
	}
	for _, class := range r.Untested {
		lines = append(lines, fmt.Sprintf("class %q has no image to test with", class))
	}
	for _, u := range r.Unlabelled {
		lines = append(lines, u.String())
	}
	for _, folder := range r.SkippedFolders {
		lines = append(lines, fmt.Sprintf("%s: outside the parts, skipped", folder))
	}
	lines = append(lines, r.Links...)
	if len(r.SkippedFiles) == 0 {
		return lines
	}
	var passed []string
	for _, ending := range slices.Sorted(maps.Keys(r.SkippedFiles)) {
		name := ending
		if ending == "" {
			name = "without one"
		}
		if advice := preprocess.ConversionAdvice(ending); advice != "" {
			name += " (" + advice + ")"
		}
		passed = append(passed, fmt.Sprintf("%d %s", r.SkippedFiles[ending], name))
	}
	if more := len(passed) - maxEndings; more > 0 {
		passed = append(passed[:maxEndings], fmt.Sprintf("and %d more extensions", more))
	}
	return append(lines, "skipped, since their extensions are not those of images: "+strings.Join(passed, ", "))
}

// without is the error of a folder in whose subfolders there are files but no images; nil if
// there are no files.
func (r *Remarks) without(dir string) error {
	if len(r.SkippedFiles) == 0 {
		return nil
	}
	return fmt.Errorf("%w; in subfolders:\n  %s", errNoData(dir), strings.Join(r.Lines(), "\n  "))
}
