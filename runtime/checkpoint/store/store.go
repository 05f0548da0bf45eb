// Package store writes checkpoint files. A file appears whole or not at all.
package store

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/internal/durable"
)

// Write writes a file with its sum: all of it or, after an error or a crash, nothing. It makes the
// folder if there is none.
func Write(path string, f *checkpoint.File) error {
	if err := durable.MakeFolder(filepath.Dir(path)); err != nil {
		return fmt.Errorf("write checkpoint: %w", err)
	}
	if err := durable.Replace(path, func(w io.Writer) error { return checkpoint.Encode(w, f) }); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
