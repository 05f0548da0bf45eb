//go:build !windows

package durable

import (
	"errors"
	"os"
	"syscall"
)

// SyncFolder fsyncs a folder's entries. File systems that cannot do so are taken at their word, as
// are folders that may be written to and not read.
func SyncFolder(dir string) error {
	d, err := os.Open(dir)
	if errors.Is(err, os.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, d.Close())
}
