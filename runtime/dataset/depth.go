package dataset

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// checkDepth refuses a part's folder whose classes' folders lie deeper, and names the folders that
// they lie in. dir is the set's folder.
func checkDepth(dir, root string) error {
	folders := withImages(root)
	var sets []string
	for _, folder := range folders {
		if f := imageTree(folder); !f.direct {
			set, err := findSet(f)
			if err != nil {
				return err
			}
			if set != "" {
				sets = append(sets, set)
			}
		}
	}
	if len(sets) == 0 && len(folders) == 1 {
		sets = deeperClasses(folders[0])
	}
	return errTooDeep(dir, root, sets)
}

func errTooDeep(dir, root string, sets []string) error {
	switch {
	case len(sets) == 0:
		return nil
	case root != dir:
		return fmt.Errorf("data: %s: got the folders of the classes in %s, want them in %s itself", dir, strings.Join(sets, ", "), root)
	case len(sets) == 1:
		return fmt.Errorf("data: %s: got the folders of the classes deeper, in %s, want that folder as data", dir, sets[0])
	}
	return fmt.Errorf("data: %s: got several data sets in it, want the folder of one as data: %s", dir, strings.Join(sets, ", "))
}

// tree is a folder, whether images lie in itself, and those of its folders in which there are some.
type tree struct {
	path    string
	direct  bool
	folders []string
}

func imageTree(path string) tree {
	return tree{path, looseImages(path) > 0, withImages(path)}
}

// withImages lists the folders in a folder in which there are images.
func withImages(dir string) (paths []string) {
	folders, _ := readSubfolders(dir) // who lists the classes reports the error
	for _, name := range folders.names {
		path := filepath.Join(dir, name)
		for f := range Walk(path) {
			if f.Kind == Image {
				paths = append(paths, path)
				break
			}
		}
	}
	return paths
}

// findSet returns the path of a folder that holds parts with classes, or of one that it alone leads
// to; empty: it holds none. A folder with parts without classes is a class's, whose parts are an
// error: training images would be among those for testing.
func findSet(f tree) (string, error) {
	parts, err := findParts(f.path)
	switch {
	case err != nil:
		return "", nil //nolint:nilerr // who lists the classes reports the error
	case !parts.isOne(f.path) && len(withImages(parts.train)) > 0:
		return f.path, nil
	case !parts.isOne(f.path) && parts.test+parts.validation != "" && looseImages(parts.train) > 0:
		return "", fmt.Errorf("data: %s: got the parts in a class's folder, want the classes' folders in %s", f.path,
			filepath.Join(filepath.Dir(f.path), filepath.Base(parts.train), filepath.Base(f.path)))
	case len(f.folders) == 1:
		if below := imageTree(f.folders[0]); !below.direct {
			return findSet(below)
		}
	}
	return "", nil
}

// deeperClasses follows the only folder down to the one in which there are several with images.
func deeperClasses(path string) []string {
	for f := imageTree(path); !f.direct; f = imageTree(f.folders[0]) {
		if len(f.folders) > 1 {
			return []string{f.path}
		}
	}
	return nil
}

// checkSeveral refuses a folder of folders that each hold the classes of the network: by the
// labels, or if there are none, by their number.
func checkSeveral(dir string, labels []string, classes int) error {
	folders := withImages(dir)
	var below []string
	for _, folder := range folders {
		f := imageTree(folder)
		if f.direct || len(f.folders) < 2 {
			return nil
		}
		for _, path := range f.folders {
			below = append(below, normal(filepath.Base(path)))
		}
	}
	slices.Sort(below)
	below = slices.Compact(below)
	labelled := len(labels) > 0 && !slices.ContainsFunc(below, func(name string) bool { return indexOf(labels, name) < 0 })
	if labelled || len(below) == classes && len(folders) != classes {
		return errTooDeep(dir, dir, folders)
	}
	return nil
}
