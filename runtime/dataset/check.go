package dataset

import (
	"crypto/sha256"
	"errors"
	"fmt"
)

// Report is what [Check] finds in a data set.
type Report struct {
	Train, Test SetReport   // without classes, if a file of a set that is no folder of pictures is bad
	Bad         []BadFile   // files that cannot be read
	Duplicates  []Duplicate // test images that are training images too, byte for byte as the network gets them
	Remarks
}

// SetReport counts the images of a set, in all and of each class.
type SetReport struct {
	Images  int          `json:"images"`
	Classes []ClassCount `json:"classes"`
}

// ClassCount counts a class's images.
type ClassCount struct {
	Class  string `json:"class"`
	Images int    `json:"images"`
}

// BadFile is a file that cannot be read.
type BadFile struct {
	File   string `json:"file"`
	Reason string `json:"reason"`
}

// Duplicate is an image of both sets: by its file, or by its number in the set if it has none of its own.
type Duplicate struct {
	Train string `json:"train"`
	Test  string `json:"test"`
}

// fileError is what is wrong with a file of images or labels.
type fileError struct {
	path string
	err  error
}

func (e *fileError) Error() string { return fmt.Sprintf("data: %s: %v", e.path, e.err) }
func (e *fileError) Unwrap() error { return e.err }

// badFiles returns the files that an error names; none if it is of something else.
func badFiles(err error) (bad []BadFile) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range joined.Unwrap() {
			bad = append(bad, badFiles(err)...)
		}
		return bad
	}
	var e *fileError
	if errors.As(err, &e) {
		bad = append(bad, BadFile{e.path, fmt.Sprintf("%s: %v", e.path, e.err)})
	}
	return bad
}

// Check reads a data set as [Open] does, and reports what is in it. Files that cannot be read are reported too;
// whatever else keeps the set from being read is an error.
func Check(data string, o Options) (*Report, error) {
	pictures, err := findOnlyPictures(data, &o)
	if err != nil {
		return nil, err
	}
	if pictures != nil {
		return pictures.check(o.Input)
	}
	train, test, err := Open(data, o)
	if bad := badFiles(err); bad != nil {
		return &Report{Bad: bad}, nil
	}
	if err != nil {
		return nil, err
	}
	number := func(what string) func(i int) string {
		return func(i int) string { return fmt.Sprintf("%s image %d", what, i) }
	}
	return report(train, test, number("training"), number("test")), nil
}

// check reads the pictures that can be read.
func (p *pictureFolder) check(input [3]int) (*Report, error) {
	if err := p.fits(input); err != nil {
		return nil, err
	}
	train, trainFiles, bad := p.read(p.train, input)
	test, testFiles, badTest := p.read(p.test, input)
	r := report(train, test, func(i int) string { return trainFiles[i] }, func(i int) string { return testFiles[i] })
	r.Remarks = p.remarks
	for _, b := range append(bad, badTest...) {
		r.Bad = append(r.Bad, BadFile{b.Path, b.Err.Error()})
	}
	return r, nil
}

func report(train, test *Set, trainName, testName func(i int) string) *Report {
	r := &Report{Train: count(train), Test: count(test)}
	first := map[[sha256.Size]byte]int{}
	for i := range train.Len() {
		sum := sha256.Sum256(train.Image(i))
		if _, there := first[sum]; !there {
			first[sum] = i
		}
	}
	for i := range test.Len() {
		if k, there := first[sha256.Sum256(test.Image(i))]; there {
			r.Duplicates = append(r.Duplicates, Duplicate{trainName(k), testName(i)})
		}
	}
	return r
}

func count(s *Set) SetReport {
	r := SetReport{Images: s.Len(), Classes: make([]ClassCount, s.Classes)}
	for i := range r.Classes {
		r.Classes[i].Class = fmt.Sprint(i)
		if i < len(s.ClassNames) {
			r.Classes[i].Class = s.ClassNames[i]
		}
	}
	for _, l := range s.Labels {
		r.Classes[l].Images++
	}
	return r
}
