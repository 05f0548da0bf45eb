package output

import (
	"fmt"
	"os"
	"path"
	"strings"
)

// Write brings folders up to date. Each file is replaced whole or not at all. Files that are right
// are not touched. Nothing is replaced or removed before every new content is on disk. An error
// before that (a foreign file in the way, a folder without permission, a full disk) changes
// nothing.
func Write(folders []*Folder) error {
	for _, f := range folders {
		if len(f.Foreign) > 0 {
			return foreignError(f)
		}
	}
	var t transaction
	defer t.rollback()
	for _, f := range folders {
		for _, names := range [][]string{f.Missing, f.Differ} {
			for _, name := range names {
				if err := t.stage(f.path(name), f.content[name]); err != nil {
					return fmt.Errorf("write output: %w", err)
				}
			}
		}
	}
	if err := t.commit(); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	for _, f := range folders {
		if err := f.removeStale(); err != nil {
			return err
		}
	}
	return nil
}

// foreignError names what is in the way, and how to go on.
func foreignError(f *Folder) error {
	names := make([]string, len(f.Foreign))
	for i, name := range f.Foreign {
		names[i] = f.path(name)
	}
	return fmt.Errorf("%s: got a file that resnetgen did not write, want none in the way of an output: "+
		"nothing was written; move it, or give another folder with -o", strings.Join(names, ", "))
}

// removeStale removes stale files, and the folders below Dir that they leave empty.
func (f *Folder) removeStale() error {
	for _, name := range f.Stale {
		if err := os.Remove(f.path(name)); err != nil {
			return fmt.Errorf("remove stale file: %w", err)
		}
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if os.Remove(f.path(dir)) != nil {
				break // not empty
			}
		}
	}
	return nil
}
