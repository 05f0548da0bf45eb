package runs

import (
	"fmt"
	"os"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
)

// Find returns the checkpoint that a path means: the file itself, or the best of a run's folder.
func Find(path string) (string, error) { return find(path, func(string, ...any) {}) }

func find(path string, log func(format string, args ...any)) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("checkpoint: %w", err)
	}
	if info.IsDir() {
		return Folder(path).best(log)
	}
	return path, nil
}

// Open reads a checkpoint: a file, or the best of a run's folder. It returns which file it was.
func Open(path string) (f *checkpoint.File, file string, err error) {
	return OpenWithLog(path, func(string, ...any) {})
}

// OpenWithLog is Open, and tells log which checkpoints of a folder it passes over since they are
// damaged.
func OpenWithLog(path string, log func(format string, args ...any)) (f *checkpoint.File, file string, err error) {
	if file, err = find(path, log); err != nil {
		return nil, "", err
	}
	f, err = checkpoint.Read(file)
	return f, file, err
}
