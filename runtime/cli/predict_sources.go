package cli

import (
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/resnetgen/resnetgen/runtime/picture"
)

// standardInput is the argument that stands for an image on standard input.
const standardInput = "-"

// source is where an image is, or why there is none.
type source struct {
	name string
	err  error
}

// images lists the images that arguments name: a folder stands for the pictures in it and in its folders, in the order of
// their paths.
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

// inFolder yields a folder's pictures. It returns false when yield does.
func inFolder(folder string, yield func(source) bool) bool {
	found, more := false, true
	err := fs.WalkDir(os.DirFS(folder), ".", func(name string, e fs.DirEntry, err error) error {
		s := source{name: filepath.Join(folder, filepath.FromSlash(name))}
		if err != nil {
			s.err = fmt.Errorf("folder %s: %w", s.name, err)
		} else if e.IsDir() || !picture.Named(name) {
			return nil
		}
		found = true
		if more = yield(s); !more {
			return fs.SkipAll
		}
		return nil
	})
	switch {
	case !more:
		return false
	case err != nil:
		return yield(source{folder, fmt.Errorf("folder %s: %w", folder, err)})
	case !found:
		return yield(source{folder, fmt.Errorf("folder %s: got no picture in it, want one or more", folder)})
	}
	return true
}
