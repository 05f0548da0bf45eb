package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/resnetgen/resnetgen/runtime/preprocess"
)

// Parts are the parts of a data set.
type Parts struct {
	Train      *Set
	Validation *Set // chooses the best checkpoint; nil: the set has no part for it
	Test       *Set // nil: the set has none

	testSplit   []bool // of a folder of CLASS/…: which of all its images are in Test, in the order of their paths
	untrainable error  // what keeps the set from being trained on
}

// Open reads a data set: one of [Names], or a folder with CIFAR-10 or CIFAR-100 binaries or IDX
// files (plain or .gz), or with images (JPEG, PNG, WebP, BMP or GIF of any size) in a subfolder for
// each class, as [Load] reads them. Test is the test part; where there is none, the validation
// part. Files that are truncated, too long, or hold labels out of range are errors that name file
// and place.
func Open(data string, o Options) (train, test *Set, err error) {
	p, err := Load(data, o)
	if err == nil {
		err = p.CheckTrainable()
	}
	if err != nil {
		return nil, nil, err
	}
	if p.Test == nil {
		return p.Train, p.Validation, nil
	}
	return p.Train, p.Test, nil
}

// Load reads the parts of a data set. A folder of images has
//
//	train/CLASS/…, validation/CLASS/… and test/CLASS/…
//
// of which either of the latter may be absent (train_set and training, val and valid, and others
// mean the same), or CLASS/… alone, of which one in ten is for testing.
func Load(data string, o Options) (*Parts, error) {
	p, err := load(data, &o)
	if err != nil {
		return nil, err
	}
	for _, s := range p.all() {
		s.name(o.Labels)
		if o.takesBGR(s.Channels) && !s.BGR {
			s.reverseChannels()
		}
	}
	if o.Classes > 0 {
		if err := p.fits(data, &o); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func load(data string, o *Options) (*Parts, error) {
	switch {
	case data == "":
		return nil, fmt.Errorf("data: got nothing, want %s, or a folder", strings.Join(Names(), ", "))
	case data == "fashion-mini":
		return twoParts(openMini())
	case published[data] != nil:
		return twoParts(published[data].open(data, *o))
	}
	info, err := os.Stat(data)
	switch {
	case err != nil && !strings.ContainsAny(data, `/\`):
		return nil, fmt.Errorf("data: got %q, want %s, or a folder", data, strings.Join(Names(), ", "))
	case err != nil:
		return nil, fmt.Errorf("data: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("data: got the file %s, want the folder that it is in", data)
	}
	files, images, err := find(data, o)
	switch {
	case err != nil:
		return nil, err
	case files != nil:
		return twoParts(files.read(filepath.Base(data)))
	}
	for _, remark := range images.remarks.Lines() {
		o.log("data: %s: %s", data, remark)
	}
	return images.open(o)
}

func twoParts(train, test *Set, err error) (*Parts, error) {
	if err != nil {
		return nil, err
	}
	return &Parts{Train: train, Test: test}, nil
}

// all lists the parts that are there.
func (p *Parts) all() []*Set {
	return slices.DeleteFunc([]*Set{p.Train, p.Validation, p.Test}, func(s *Set) bool { return s == nil })
}

// Standardize sets how a network is given the images.
func (p *Parts) Standardize(by preprocess.Standardizer) {
	for _, s := range p.all() {
		s.Standardizer = by
	}
}

// Len returns the number of images of all parts.
func (p *Parts) Len() (n int) {
	for _, s := range p.all() {
		n += s.Len()
	}
	return n
}

// All returns the images of all parts.
func (p *Parts) All() *Set { return Concatenate(p.all()...) }

// CheckTrainable is the error of a set that cannot be trained on, though its images can be
// evaluated.
func (p *Parts) CheckTrainable() error { return p.untrainable }

// IsSplit reports whether the set is a folder of CLASS/…, whose test part was chosen by the split
// seed.
func (p *Parts) IsSplit() bool { return p.testSplit != nil }

// Unsplit returns the parts as folders have them: those of a folder of CLASS/… are one.
func (p *Parts) Unsplit() []*Set {
	if p.IsSplit() {
		return []*Set{p.joined()}
	}
	return p.all()
}

// Split returns the parts that another split seed makes of the same images.
func (p *Parts) Split(seed uint64) *Parts {
	if !p.IsSplit() {
		return p
	}
	again := p.joined().SplitForTest(seed)
	again.untrainable = p.untrainable
	return again
}

// SplitForTest returns a set as a folder of CLASS/… is split: one in ten of each class is for
// testing.
func (s *Set) SplitForTest(seed uint64) *Parts {
	p := &Parts{testSplit: chooseForTest(s.Labels, seed)}
	p.Train = s.where(p.testSplit, false)
	if test := s.where(p.testSplit, true); test.Len() > 0 {
		p.Test = test
	}
	return p
}

// Concatenate returns all images of sets alike.
func Concatenate(sets ...*Set) *Set {
	all := *sets[0]
	all.Images, all.Labels = nil, nil
	for _, s := range sets {
		all.Images, all.Labels = append(all.Images, s.Images...), append(all.Labels, s.Labels...)
	}
	return &all
}

// joined returns all images of a split set in the order of their paths.
func (p *Parts) joined() *Set {
	if p.Test == nil {
		return p.Train
	}
	whole := *p.Train
	whole.Images, whole.Labels = make([]byte, 0, len(p.Train.Images)+len(p.Test.Images)), nil
	var next [2]int
	for _, isTest := range p.testSplit {
		from, k := p.Train, 0
		if isTest {
			from, k = p.Test, 1
		}
		whole.Images = append(whole.Images, from.Image(next[k])...)
		whole.Labels = append(whole.Labels, from.Labels[next[k]])
		next[k]++
	}
	return &whole
}

// fits refuses a set that the network of the options cannot be trained on.
func (p *Parts) fits(data string, o *Options) error {
	s := p.Train
	if got := s.Shape(); got != o.Input {
		return fmt.Errorf("data: %s: got images of %s, want %s", data, shape(got), shape(o.Input))
	}
	return fitClasses(data, s.Classes, o.Classes, s.ByName && !o.FewerClasses)
}

// fitClasses compares how many classes a set has with a network's. Of a folder all are known, by
// their names; in another set the last ones may have no image.
func fitClasses(data string, got, want int, all bool) error {
	switch {
	case got > want:
		return fmt.Errorf("data: %s: got labels of %d classes, want at most %d", data, got, want)
	case all && got < want:
		return fmt.Errorf("data: %s: got folders of %d classes, want the network's %d: "+
			"a folder for each, or the names of all classes as labels in the spec", data, got, want)
	}
	return nil
}

func shape(s [3]int) string { return fmt.Sprintf("%d×%d×%d", s[0], s[1], s[2]) }
