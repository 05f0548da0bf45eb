package cli

import (
	"fmt"
	"iter"
	"os"

	"github.com/resnetgen/resnetgen/runtime/dataset"
)

// standardInput is the argument that stands for an image on standard input.
const standardInput = "-"

// source is where an image is, or why there is none.
type source struct {
	name    string
	err     error
	skipped error // it is a link that is not followed
}

// images lists the images that arguments name: a folder stands for the images in it and in its
// folders, in the order of their paths.
func images(arguments []string) iter.Seq[source] {
	return func(yield func(source) bool) {
		for _, argument := range arguments {
			info, err := os.Stat(argument)
			if argument == standardInput || err != nil || !info.IsDir() {
				if !yield(source{name: argument}) { // what is wrong with a file is known when it is read
					return
				}
			} else if !inFolder(argument, yield) {
				return
			}
		}
	}
}

// inFolder yields a folder's images. It returns false when yield does.
func inFolder(folder string, yield func(source) bool) bool {
	found := false
	for f := range dataset.Walk(folder) {
		s := source{name: f.Path}
		switch f.Kind {
		case dataset.Image:
		case dataset.Unreadable:
			s.err = f.Err
		case dataset.Skipped:
			s.skipped = f.Err
		default:
			continue
		}
		found = found || s.skipped == nil
		if !yield(s) {
			return false
		}
	}
	if !found {
		return yield(source{name: folder, err: fmt.Errorf("folder %s: got no image in it, want one or more", folder)})
	}
	return true
}
