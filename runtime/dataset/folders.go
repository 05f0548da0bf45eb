package dataset

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/resnetgen/resnetgen/runtime/preprocess"
)

// The names of the subfolders that hold a part by class; of a kind, the first that is there counts.
var (
	trainFolders      = []string{"train", "training", "train_set", "training_set"}
	validationFolders = []string{"val", "valid", "validation", "validation_set", "dev"}
	testFolders       = []string{"test", "testing", "test_set", "testing_set"}
)

// imageFiles are the image files of a part, by class.
type imageFiles struct {
	files  []string // in the order of their paths
	labels []int32
	bad    []badFile // folders that cannot be read
}

func (p *imageFiles) isEmpty() bool { return len(p.files)+len(p.bad) == 0 }

// imageFolder is a folder with a subfolder for each class, or up to three parts of such.
type imageFolder struct {
	dir                     string
	classes                 []string
	train, validation, test imageFiles
	testSplit               []bool // of CLASS/…: which files, in the order of their paths, are for testing
	untrainable             error  // what keeps the images from being trained on
	remarks                 Remarks
}

// findImages looks for images in a folder, as [Load] says; of CLASS/… the seed chooses those for
// testing. It returns nil if there are none.
//
// Classes are numbered in the order of their names; or if each is among the labels, as these are.
func findImages(dir string, labels []string, seed uint64) (*imageFolder, error) {
	parts, err := findParts(dir)
	if err != nil {
		return nil, err
	}
	classes, _, err := classFolders(parts.train)
	if err != nil {
		return nil, err
	}
	if len(classes) == 0 {
		if n := looseImages(parts.train); n > 0 {
			err = fmt.Errorf("data: %s: got %d images in %s itself, want a folder for each class in it", dir, n, parts.train)
		}
		return nil, err
	}
	p := &imageFolder{dir: dir, remarks: Remarks{SkippedFiles: map[string]int{}}}
	p.classes = inOrder(namesOf(classes), labels)
	if err := p.listParts(parts); err != nil {
		return nil, err
	}
	if p.train.isEmpty() && p.test.isEmpty() && p.validation.isEmpty() {
		return nil, p.remarks.without(dir)
	}
	if parts.isOne(dir) {
		p.split(seed)
	}
	p.remarks.Empty, p.remarks.Untested = p.lacking(namesOf(classes))
	p.untrainable = p.checkParts(parts)
	return p, nil
}

// partFolders are the folders of a set's parts.
type partFolders struct {
	train            string // or of all images
	validation, test string // empty: there is none
}

// isOne reports whether a folder's classes lie in itself.
func (f *partFolders) isOne(dir string) bool { return f.train == dir }

// findParts returns the folders of a set's parts. In capitals they count only if one for training
// and another are there: a class may be called Train.
func findParts(dir string) (partFolders, error) {
	folders, err := readSubfolders(dir)
	if err != nil {
		return partFolders{}, err
	}
	exactly := func(a, b string) bool { return a == b }
	find := func(of []string, same func(a, b string) bool) string {
		for _, name := range of {
			if i := slices.IndexFunc(folders.names, func(n string) bool { return same(n, name) }); i >= 0 {
				return filepath.Join(dir, folders.names[i])
			}
		}
		return ""
	}
	either := func(of []string) string {
		if found := find(of, exactly); found != "" {
			return found
		}
		return find(of, strings.EqualFold)
	}
	parts := partFolders{either(trainFolders), either(validationFolders), either(testFolders)}
	if parts.train != "" && parts.validation+parts.test != "" {
		return parts, nil
	}
	if train := find(trainFolders, exactly); train != "" {
		return partFolders{train: train}, nil
	}
	return partFolders{train: dir}, nil
}

// subfolders are the folders in a folder, without ignored ones ([IsIgnored]).
type subfolders struct {
	names []string
	bad   []badFile // links to nothing, each of which may be meant for a folder
	loops []string  // links that lead back to a folder around them, and that they do
}

func readSubfolders(dir string) (s subfolders, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return s, fmt.Errorf("data: %w", err)
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return s, fmt.Errorf("data: %w", err)
	}
	for _, e := range entries {
		if IsIgnored(e.Name()) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		info, err := os.Stat(path)
		switch {
		case err != nil:
			s.bad = append(s.bad, badFile{path, err})
			continue
		case !info.IsDir():
			continue
		case e.Type()&fs.ModeSymlink != 0:
			if _, err := follow(path, real); err != nil {
				s.loops = append(s.loops, err.Error())
				continue
			}
		}
		s.names = append(s.names, e.Name())
	}
	return s, nil
}

// classFolder is a class's folder.
type classFolder struct {
	name string // the class's
	path string
}

func namesOf(classes []classFolder) (names []string) {
	for _, c := range classes {
		names = append(names, c.name)
	}
	return names
}

// classFolders lists the folders of a part's classes.
func classFolders(root string) (classes []classFolder, all subfolders, err error) {
	all, err = readSubfolders(root)
	if err != nil {
		return nil, all, err
	}
	for _, folder := range all.names {
		if !utf8.ValidString(folder) || strings.ContainsFunc(folder, unicode.IsControl) { // a checkpoint could not say it, nor a line
			return nil, all, fmt.Errorf("data: %s: got a folder of the name %q, want a class's name in UTF-8 without control characters", root, folder)
		}
		c := classFolder{normal(folder), filepath.Join(root, folder)}
		if i := slices.Index(namesOf(classes), c.name); i >= 0 {
			return nil, all, fmt.Errorf("data: %s: got two folders for class %q, %+q and %+q, want one",
				root, c.name, filepath.Base(classes[i].path), folder)
		}
		classes = append(classes, c)
	}
	return classes, all, nil
}

// inOrder returns all labels if each class is among them, else the classes.
func inOrder(classes, labels []string) []string {
	for _, class := range classes {
		if indexOf(labels, class) < 0 {
			return classes
		}
	}
	return labels
}

// listParts finds the images of all parts. A part without folders of classes is left out, and
// named.
func (p *imageFolder) listParts(parts partFolders) (err error) {
	if !parts.isOne(p.dir) {
		p.remarks.leftOut(p.dir, parts)
	}
	for _, part := range []struct {
		root string
		to   *imageFiles
	}{{parts.train, &p.train}, {parts.validation, &p.validation}, {parts.test, &p.test}} {
		if part.root == "" {
			continue
		}
		if err := checkDepth(p.dir, part.root); err != nil {
			return err
		}
		if *part.to, err = p.list(part.root); err != nil {
			return err
		}
	}
	return nil
}

// list finds the images of a part.
func (p *imageFolder) list(root string) (part imageFiles, err error) {
	classes, folders, err := classFolders(root)
	if err != nil {
		return part, err
	}
	part.bad = folders.bad
	p.remarks.Links = append(p.remarks.Links, folders.loops...)
	if n := looseImages(root); n > 0 {
		p.remarks.Unlabelled = append(p.remarks.Unlabelled, Unlabelled{root, n})
	}
	for _, class := range classes {
		label := indexOf(p.classes, class.name)
		if label < 0 {
			return part, fmt.Errorf("data: %s: got class %q, want one of the training set's: %s", root, class.name, listed(p.classes))
		}
		for f := range Walk(class.path) {
			switch f.Kind {
			case Image:
				part.files, part.labels = append(part.files, f.Path), append(part.labels, int32(label))
			case OtherFile:
				p.remarks.SkippedFiles[strings.ToLower(filepath.Ext(f.Path))]++
			case Skipped:
				p.remarks.Links = append(p.remarks.Links, f.Err.Error())
			case Unreadable:
				part.bad = append(part.bad, badFile{f.Path, f.Err})
			}
		}
	}
	return part, nil
}

// looseImages counts the images that lie in a folder itself.
func looseImages(dir string) (n int) {
	entries, _ := os.ReadDir(dir) // who lists its folders reports the error
	for _, e := range entries {
		if !e.IsDir() && !IsIgnored(e.Name()) && preprocess.IsImageName(e.Name()) {
			n++
		}
	}
	return n
}

// lacking returns those of some classes that have no image to train on, and those that have some
// but none to test or validate with.
func (p *imageFolder) lacking(classes []string) (empty, untested []string) {
	classesOf := func(parts ...*imageFiles) map[string]bool {
		there := map[string]bool{}
		for _, part := range parts {
			for _, label := range part.labels {
				there[normal(p.classes[label])] = true
			}
		}
		return there
	}
	tested := classesOf(&p.test)
	if p.test.isEmpty() {
		tested = classesOf(&p.validation)
	}
	trained := classesOf(&p.train)
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

// checkParts refuses parts that cannot be trained on.
func (p *imageFolder) checkParts(parts partFolders) error {
	beside := strings.Join(slices.Concat(testFolders[:1], validationFolders[:3]), ", ")
	switch {
	case p.train.isEmpty():
		return fmt.Errorf("data: %s: got no image to train on, want some in %s", p.dir, parts.train)
	case !parts.isOne(p.dir) && parts.test+parts.validation == "":
		return fmt.Errorf("data: %s: got %s without %s beside it, want both, or the classes' folders in %s itself",
			p.dir, filepath.Base(parts.train), beside, p.dir)
	case p.test.isEmpty() && p.validation.isEmpty():
		return fmt.Errorf("data: %s: got no image to test with, want some in %s, or ten of a class%s", p.dir, beside, p.remarks.unlabelled())
	}
	return nil
}

// split moves one in ten of each class's images to the test part.
func (p *imageFolder) split(seed uint64) {
	all := p.train
	p.train = imageFiles{bad: all.bad}
	p.testSplit = chooseForTest(all.labels, seed)
	for i, isTest := range p.testSplit {
		to := &p.train
		if isTest {
			to = &p.test
		}
		to.files, to.labels = append(to.files, all.files[i]), append(to.labels, all.labels[i])
	}
}
