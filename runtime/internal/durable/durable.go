// Package durable writes files atomically. After a crash of the machine a file is whole or absent.
package durable

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/resnetgen/resnetgen/internal/atomicfile"
)

// Replace writes a file by write, through a temporary file beside it: that is fsynced, renamed, and
// then the folder is fsynced, without which the rename itself could be lost. After an error what
// was there is there still, and no temporary file is left; one that a kill has left is
// [RemoveTemporary]'s.
func Replace(path string, write func(io.Writer) error) error {
	dir := filepath.Dir(path)
	out, err := atomicfile.New(path, dir, 0o644)
	if err != nil {
		return err
	}
	if err := write(out); err != nil {
		return errors.Join(err, atomicfile.Discard(out))
	}
	if err := out.CloseAtomicallyReplace(); err != nil {
		return errors.Join(err, atomicfile.Discard(out))
	}
	return SyncFolder(dir)
}

// WriteFile is [Replace] with content that is known.
func WriteFile(path string, content []byte) error {
	return Replace(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// IsTemporary says that a file's name is that of a temporary file of [Replace], of a file whose own
// name written accepts.
func IsTemporary(name string, written func(name string) bool) bool {
	own, isHidden := strings.CutPrefix(name, ".")
	stem := strings.TrimRight(own, "0123456789")
	return isHidden && stem != own && written(stem)
}

// RemoveTemporary removes the temporary files of a folder that killed writers of such files have
// left. A folder that is not there has none.
func RemoveTemporary(dir string, written func(name string) bool) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if e.Type().IsRegular() && IsTemporary(e.Name(), written) {
			err = errors.Join(err, os.Remove(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// MakeFolder makes a folder with those above it that are not there yet, and fsyncs the folder above
// each that it made: without that the new one could be lost.
func MakeFolder(dir string) error {
	if isFolder(dir) {
		return nil
	}
	above := filepath.Dir(dir)
	if above != dir {
		if err := MakeFolder(above); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !isFolder(dir) { // another process may have been quicker
		return err
	}
	return SyncFolder(above)
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
