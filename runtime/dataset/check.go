package dataset

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
)

// Report is what [Check] finds in a data set.
type Report struct {
	Train, Test SetReport   // without classes, if a file of a set that is no folder of images is bad
	Validation  SetReport   // without classes, if the set has no part for it
	HeldOut     int         // without such a part: how many training images train holds out by default
	Bad         []BadFile   // files that cannot be read
	Duplicates  []Duplicate // images that are in two parts, byte for byte as the network gets them
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

// Duplicate is an image of two parts: by its file, or by its number in the part if it has none of
// its own.
type Duplicate struct {
	Train string `json:"train"` // or in a validation part
	Test  string `json:"test"`  // or in a validation part
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

// Check reads a data set as [Load] does, and reports what is in it. Files that cannot be read are
// reported too; whatever else keeps the set from being trained on is an error.
func Check(data string, o Options) (*Report, error) {
	images, err := findOnlyImages(data, &o)
	if err != nil {
		return nil, err
	}
	if images != nil {
		return images.check(&o)
	}
	p, err := Load(data, o)
	if bad := badFiles(err); bad != nil {
		return &Report{Bad: bad}, nil
	}
	if err != nil {
		return nil, err
	}
	number := func(what string) func(i int) string {
		return func(i int) string { return fmt.Sprintf("%s image %d", what, i) }
	}
	r := &Report{Train: count(p.Train), Test: count(p.Test)}
	r.duplicates(named{p.Train, number("training")}, named{p.Test, number("test")})
	return r, nil
}

// check reads the images that can be read.
func (p *imageFolder) check(o *Options) (*Report, error) {
	if p.untrainable != nil {
		return nil, p.untrainable
	}
	if err := p.fits(o.Input); err != nil {
		return nil, err
	}
	r := &Report{Remarks: p.remarks}
	read := func(part imageFiles) (named, SetReport) {
		s, files, bad := p.read(part, o)
		for _, b := range bad {
			r.Bad = append(r.Bad, BadFile{b.Path, b.Err.Error()})
		}
		return named{s, func(i int) string { return files[i] }}, count(s)
	}
	var train, validation, test named
	train, r.Train = read(p.train)
	if validation, r.Validation = read(p.validation); p.validation.isEmpty() {
		r.Validation = SetReport{}
		r.HeldOut = train.set.DefaultHoldOut()
	}
	test, r.Test = read(p.test)
	r.duplicates(train, validation, test)
	return r, nil
}

// named is a part whose images have names.
type named struct {
	set  *Set
	name func(i int) string
}

// duplicates finds images of a part that are in one before it, too.
func (r *Report) duplicates(parts ...named) {
	first := map[[sha256.Size]byte]string{}
	for _, part := range parts {
		own := map[[sha256.Size]byte]string{}
		for i := range part.set.Len() {
			sum := sha256.Sum256(part.set.Image(i))
			if other, there := first[sum]; there {
				r.Duplicates = append(r.Duplicates, Duplicate{other, part.name(i)})
			} else if _, there := own[sum]; !there {
				own[sum] = part.name(i)
			}
		}
		maps.Copy(first, own)
	}
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
