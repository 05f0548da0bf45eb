package tfcheckpoint

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/resnetgen/resnetgen/internal/inputfile"
	"github.com/resnetgen/resnetgen/runtime/internal/durable"
)

// StateName is the file of a folder that says which of its checkpoints there are and which is the
// newest.
const StateName = "checkpoint"

// state is what that file says: a CheckpointState, as text
// (tensorflow/python/training/checkpoint_state.proto). Paths are the folder's, or absolute.
type state struct {
	path string   // the newest
	all  []string // from the oldest
}

// maxState is more than a list of checkpoints takes.
const maxState = 1 << 20

// readState reads a folder's state; none is fs.ErrNotExist.
func readState(dir string) (s state, err error) {
	path := filepath.Join(dir, StateName)
	text, err := inputfile.Read(path, maxState)
	if err != nil {
		return s, fmt.Errorf("TensorFlow checkpoint: which is the newest: %w", err)
	}
	if s, err = parseState(string(text)); err != nil {
		return s, fmt.Errorf("%s:%w", path, err)
	}
	return s, nil
}

// parseState reads a state's fields, one a line, as TensorFlow writes them. Its errors begin with
// the line's number.
func parseState(text string) (s state, err error) {
	number := 0
	for line := range strings.Lines(text) {
		number++
		field, value, ok := strings.Cut(line, ":")
		field, value = strings.TrimSpace(field), strings.TrimSpace(value)
		if field == "" && !ok {
			continue
		}
		if !ok || strings.ContainsAny(field, " \t\"\x00") {
			return s, fmt.Errorf("%d: got %.40q, want a field and its value", number, strings.TrimSpace(line))
		}
		switch field {
		case "model_checkpoint_path", "all_model_checkpoint_paths":
			path, err := strconv.Unquote(value)
			if err != nil || value[0] != '"' {
				return s, fmt.Errorf("%d: %s: got %.40q, want a path in quotes", number, field, value)
			}
			if field == "model_checkpoint_path" {
				s.path = path
			} else {
				s.all = append(s.all, path)
			}
		}
	}
	if s.path == "" {
		return s, fmt.Errorf("%d: got no model_checkpoint_path, want that of the newest checkpoint", max(number, 1))
	}
	return s, nil
}

// newest returns the prefix of the newest checkpoint of the state's folder. One with an absolute
// path that is not there any more is looked for in the folder itself, which may have been moved.
func (s state) newest(dir string) (string, error) {
	prefix := s.path
	if !filepath.IsAbs(prefix) {
		prefix = filepath.Join(dir, prefix)
	}
	moved := filepath.Join(dir, filepath.Base(s.path))
	for _, p := range []string{prefix, moved} {
		if isFile(IndexPath(p)) {
			return p, nil
		}
		if err := checkV1(p); err != nil {
			return "", fmt.Errorf("TensorFlow checkpoint %s: %w", p, err)
		}
	}
	return "", fmt.Errorf("%s: got model_checkpoint_path %q, want one whose index is there: got no file %s", filepath.Join(dir, StateName), s.path, IndexPath(prefix))
}

// checkState refuses to write a folder's state over a file that is none.
func checkState(dir string) error {
	_, err := readState(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the folder's state cannot be replaced: %w", err)
	}
	return nil
}

// writeState makes a prefix the newest of its folder's state, and keeps the others that are still
// there.
func writeState(prefix string) error {
	dir, base := filepath.Dir(prefix), filepath.Base(prefix)
	s, err := readState(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	gone := func(path string) bool {
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		return path == filepath.Join(dir, base) || !isFile(IndexPath(path))
	}
	var text strings.Builder
	fmt.Fprintf(&text, "model_checkpoint_path: %s\n", quote(base))
	for _, path := range append(slices.DeleteFunc(s.all, gone), base) {
		fmt.Fprintf(&text, "all_model_checkpoint_paths: %s\n", quote(path))
	}
	if err := durable.WriteFile(filepath.Join(dir, StateName), []byte(text.String())); err != nil {
		return fmt.Errorf("write TensorFlow checkpoint's state: %w", err)
	}
	return nil
}

// quote is a string of the text format: what is not printable ASCII is an octal escape, which Go's
// Unquote knows too.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
