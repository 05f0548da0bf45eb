//go:build !windows

package atomicfile

import (
	"io/fs"

	"github.com/google/renameio/v2"
)

type pending = renameio.PendingFile

func newPending(path, dir string, perm fs.FileMode) (*pending, error) {
	return renameio.NewPendingFile(path, renameio.WithPermissions(perm), renameio.WithTempDir(dir))
}
