package dataset

import (
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/resnetgen/resnetgen/runtime/preprocess"
)

// IsIgnored reports whether every command skips a file or folder of this name: a hidden one, or one
// that an operating system leaves beside a user's files.
func IsIgnored(name string) bool {
	return strings.HasPrefix(name, ".") || slices.Contains(leftBySystems, strings.ToLower(name))
}

// leftBySystems are the names, in lower case, of what systems leave that is not hidden everywhere.
var leftBySystems = []string{"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "@eadir", "$recycle.bin", "system volume information", "lost+found"}

// Entry is a file or folder that [Walk] comes to.
type Entry struct {
	Path string
	Kind Kind
	Err  error // why it is not read: of kinds Skipped and Unreadable
}

// Kind is what is at a path.
type Kind int

// The kinds.
const (
	Image      Kind = iota // by its name
	OtherFile              // another file
	Skipped                // a link that is not followed: to nothing, or back to a folder around it
	Unreadable             // a folder
)

// Walk lists what is in a folder and in the folders in it, in the order of their paths, without
// what is ignored ([IsIgnored]). It follows links to folders, and reads each folder once.
func Walk(root string) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		real, err := filepath.EvalSymlinks(root)
		if err != nil {
			yield(Entry{root, Unreadable, fmt.Errorf("folder %s: %w", root, err)})
			return
		}
		w := &walker{yield, map[string]bool{}}
		w.folder(root, real)
	}
}

type walker struct {
	yield func(Entry) bool
	read  map[string]bool // folders, by their paths without links
}

// folder lists a folder, whose path without links is real. It returns false when yield does.
func (w *walker) folder(path, real string) bool {
	if w.read[real] {
		return true
	}
	w.read[real] = true
	entries, err := os.ReadDir(path)
	if err != nil && !w.yield(Entry{path, Unreadable, fmt.Errorf("folder %s: %w", path, err)}) {
		return false
	}
	for _, e := range entries {
		if !IsIgnored(e.Name()) && !w.entry(filepath.Join(path, e.Name()), filepath.Join(real, e.Name()), e) {
			return false
		}
	}
	return true
}

func (w *walker) entry(path, real string, e fs.DirEntry) bool {
	image := preprocess.IsImageName(e.Name())
	mode := e.Type()
	if mode&fs.ModeSymlink != 0 {
		info, err := os.Stat(path)
		switch {
		case err == nil:
			mode = info.Mode()
		case !image: // of an image, reading it says why
			return w.yield(Entry{path, Skipped, fmt.Errorf("link %s: not followed: %w", path, err)})
		}
		if mode.IsDir() {
			return w.link(path, filepath.Dir(real))
		}
	}
	switch {
	case mode.IsDir():
		return w.folder(path, real)
	case image:
		return w.yield(Entry{Path: path, Kind: Image})
	case mode.IsRegular():
		return w.yield(Entry{Path: path, Kind: OtherFile})
	}
	return true
}

// link follows a link in a folder to another folder, unless that is around it.
func (w *walker) link(path, folder string) bool {
	target, err := follow(path, folder)
	if err != nil {
		return w.yield(Entry{path, Skipped, err})
	}
	return w.folder(path, target)
}

// follow returns where a link in a folder leads. It is an error if that is around it. The folder's
// path is without links.
func follow(path, folder string) (target string, err error) {
	if target, err = filepath.EvalSymlinks(path); err != nil {
		return "", fmt.Errorf("link %s: not followed: %w", path, err)
	}
	if inside(folder, target) {
		return "", fmt.Errorf("link %s: not followed: it leads back to %s, which holds it", path, target)
	}
	return target, nil
}

// inside reports whether a folder is another, or in it. Both paths are without links.
func inside(folder, other string) bool {
	separator := string(filepath.Separator)
	return strings.HasPrefix(folder+separator, strings.TrimSuffix(other, separator)+separator)
}
