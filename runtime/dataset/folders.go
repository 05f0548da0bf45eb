package dataset

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/resnetgen/resnetgen/runtime/picture"
	"github.com/resnetgen/resnetgen/runtime/rng"
)

// The names of the subfolders that hold a set of pictures by class; of the second kind, the first that is there counts.
var (
	trainFolders = []string{"train", "training"}
	testFolders  = []string{"test", "val", "valid", "validation"}
)

// testShare is the share of a class's pictures that is for testing where there is no folder of such: one in so many.
const testShare = 10

// pictures are the files of a set, by class.
type pictures struct {
	files  []string // in the order of their paths
	labels []int32
	bad    []badFile // folders that cannot be read
}

// pictureFolder is a folder with a subfolder for each class, or two sets of such.
type pictureFolder struct {
	dir         string
	classes     []string
	train, test pictures
	remarks     Remarks
}

// findPictures looks for pictures in a folder: train/CLASS/… with test/CLASS/… or val/CLASS/…, or CLASS/…, of which
// one in ten is for testing, chosen by the seed. It returns nil if there are none.
//
// Classes are numbered in the order of their names; or if each is among the labels, as these are.
func findPictures(dir string, labels []string, seed uint64) (*pictureFolder, error) {
	train, test := setFolders(dir)
	root := dir
	if train != "" {
		root = train
	}
	classes, _, err := classFolders(root)
	if err != nil || len(classes) == 0 {
		return nil, err
	}
	p := &pictureFolder{dir: dir, classes: inOrder(classes, labels), remarks: Remarks{PassedOver: map[string]int{}}}
	if p.train, err = p.list(root); err != nil {
		return nil, err
	}
	switch {
	case train == "":
		p.split(seed)
	case test == "":
		return nil, fmt.Errorf("data: %s: got %s without %s beside it, want both, or the classes' folders in %s itself", dir, filepath.Base(train), strings.Join(testFolders, ", "), dir)
	default:
		p.test, err = p.list(test)
	}
	if err != nil {
		return nil, err
	}
	if len(p.train.files)+len(p.train.bad) == 0 {
		return nil, p.remarks.without(dir)
	}
	p.remarks.Empty, p.remarks.Untested = p.lacking(classes)
	if len(p.test.files)+len(p.test.bad) == 0 {
		return nil, fmt.Errorf("data: %s: got no picture to test with, want some in %s, or ten of a class", dir, strings.Join(testFolders, ", "))
	}
	return p, nil
}

// setFolders returns the subfolders for training and for testing, or nothing. In capitals they count only if both are there: a class may
// be called Train.
func setFolders(dir string) (train, test string) {
	exactly := func(a, b string) bool { return a == b }
	train, test = firstFolder(dir, trainFolders, exactly), firstFolder(dir, testFolders, exactly)
	if train != "" && test != "" {
		return train, test
	}
	anyTrain, anyTest := firstFolder(dir, trainFolders, strings.EqualFold), firstFolder(dir, testFolders, strings.EqualFold)
	if anyTrain != "" && anyTest != "" {
		return anyTrain, anyTest
	}
	return train, test
}

// firstFolder returns the first of some subfolders that is there, or nothing.
func firstFolder(dir string, names []string, same func(a, b string) bool) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "" // who lists its classes says why
	}
	for _, name := range names {
		for _, e := range entries {
			if !same(e.Name(), name) {
				continue
			}
			path := filepath.Join(dir, e.Name())
			if info, err := os.Stat(path); err == nil && info.IsDir() {
				return path
			}
		}
	}
	return ""
}

// classFolders lists the subfolders of a folder, but for hidden ones; bad are links to nothing, each of which may be meant for one.
func classFolders(dir string) (names []string, bad []badFile, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("data: %w", err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		info, err := os.Stat(filepath.Join(dir, e.Name()))
		if err != nil {
			bad = append(bad, badFile{filepath.Join(dir, e.Name()), err})
			continue
		}
		if !info.IsDir() {
			continue
		}
		if !utf8.ValidString(e.Name()) || strings.ContainsFunc(e.Name(), unicode.IsControl) { // a checkpoint could not say it, nor a line
			return nil, nil, fmt.Errorf("data: %s: got a folder of the name %q, want a class's name in UTF-8 without control characters", dir, e.Name())
		}
		names = append(names, e.Name())
	}
	return names, bad, nil
}

// inOrder returns all labels if each class is among them, else the classes.
func inOrder(classes, labels []string) []string {
	for _, class := range classes {
		if !slices.Contains(labels, class) {
			return classes
		}
	}
	return labels
}

// list finds the pictures of a set.
func (p *pictureFolder) list(root string) (set pictures, err error) {
	found, bad, err := classFolders(root)
	if err != nil {
		return set, err
	}
	set.bad = bad
	for _, class := range found {
		label := slices.Index(p.classes, class)
		if label < 0 {
			return set, fmt.Errorf("data: %s: got class %q, want one of the training set's: %s", root, class, listed(p.classes))
		}
		folder, err := filepath.EvalSymlinks(filepath.Join(root, class))
		if err != nil {
			return set, fmt.Errorf("data: %w", err)
		}
		err = filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
			switch {
			case err != nil:
				set.bad = append(set.bad, badFile{path, err})
				return fs.SkipDir
			case e.IsDir() && path != folder && strings.HasPrefix(e.Name(), "."):
				return fs.SkipDir
			case e.IsDir() || strings.HasPrefix(e.Name(), "."):
			case picture.Named(e.Name()):
				set.files, set.labels = append(set.files, path), append(set.labels, int32(label))
			case e.Type().IsRegular():
				p.remarks.PassedOver[strings.ToLower(filepath.Ext(e.Name()))]++
			}
			return nil
		})
		if err != nil {
			return set, fmt.Errorf("data: %w", err)
		}
	}
	return set, nil
}

// lacking returns those of some classes that have no picture to train on, and those that have some but none to test with.
func (p *pictureFolder) lacking(classes []string) (empty, untested []string) {
	classesOf := func(set *pictures) map[string]bool {
		there := map[string]bool{}
		for _, label := range set.labels {
			there[p.classes[label]] = true
		}
		return there
	}
	trained, tested := classesOf(&p.train), classesOf(&p.test)
	for _, class := range classes {
		switch {
		case !trained[class]:
			empty = append(empty, class)
		case !tested[class]:
			untested = append(untested, class)
		}
	}
	return empty, untested
}

// split moves one in ten of each class's pictures to the test set.
func (p *pictureFolder) split(seed uint64) {
	all := p.train
	p.train = pictures{bad: all.bad}
	for label := range p.classes {
		var own []int
		for i, l := range all.labels {
			if int(l) == label {
				own = append(own, i)
			}
		}
		order := make([]int32, len(own))
		stream := rng.New(seed, "split", uint64(label))
		stream.Perm(order)
		forTest := make([]bool, len(own))
		for _, k := range order[:len(own)/testShare] {
			forTest[k] = true
		}
		for k, i := range own {
			to := &p.train
			if forTest[k] {
				to = &p.test
			}
			to.files, to.labels = append(to.files, all.files[i]), append(to.labels, all.labels[i])
		}
	}
}

// badFile is a file that cannot be read, and why.
type badFile struct {
	Path string
	Err  error
}

// read reads a set's pictures as a network of the given input takes them, on all cores; those that are bad are left out.
func (p *pictureFolder) read(set pictures, input [3]int) (s *Set, read []string, bad []badFile) {
	s = &Set{Name: filepath.Base(p.dir), Height: input[0], Width: input[1], Channels: input[2], Classes: len(p.classes), ClassNames: p.classes, ByName: true}
	bad = set.bad
	images, errs := make([][]byte, len(set.files)), make([]error, len(set.files))
	var work sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() {
			for i := range next {
				p, err := picture.Read(set.files[i])
				if errs[i] = err; err == nil {
					images[i], _ = picture.Fit(p, input)
				}
			}
		})
	}
	for i := range set.files {
		next <- i
	}
	close(next)
	work.Wait()
	for i, err := range errs {
		if err != nil {
			bad = append(bad, badFile{set.files[i], err})
			continue
		}
		read, s.Labels = append(read, set.files[i]), append(s.Labels, set.labels[i])
	}
	s.Images = bytes.Join(images, nil)
	return s, read, bad
}

// fits refuses inputs that are none for pictures.
func (p *pictureFolder) fits(input [3]int) error {
	if input[0] < 1 || input[1] < 1 || input[2] != 1 && input[2] != 3 {
		return fmt.Errorf("data: %s: got pictures for a network of %d×%d×%d, want 1 or 3 channels", p.dir, input[0], input[1], input[2])
	}
	return nil
}

// mostBad is how many bad files an error names.
const mostBad = 10

// open reads both sets, or names the files that are bad.
func (p *pictureFolder) open(input [3]int) (train, test *Set, err error) {
	if err := p.fits(input); err != nil {
		return nil, nil, err
	}
	train, _, bad := p.read(p.train, input)
	test, _, badTest := p.read(p.test, input)
	bad = append(bad, badTest...)
	if len(bad) == 0 {
		return train, test, nil
	}
	var text strings.Builder
	fmt.Fprintf(&text, "data: %s: %d files cannot be read (data check lists them):", p.dir, len(bad))
	for _, b := range bad[:min(len(bad), mostBad)] {
		fmt.Fprintf(&text, "\n  %v", b.Err)
	}
	return nil, nil, fmt.Errorf("%s", text.String())
}
