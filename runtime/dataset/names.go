package dataset

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// normal is a class's name in Unicode's normal form C: systems write the same name as other bytes.
func normal(name string) string { return norm.NFC.String(name) }

// SameClass reports whether two names of classes are the same in Unicode's normal form.
func SameClass(a, b string) bool { return a == b || normal(a) == normal(b) }

// indexOf returns the index of the label that is a class's name, or −1.
func indexOf(labels []string, name string) int {
	return slices.IndexFunc(labels, func(label string) bool { return SameClass(label, name) })
}

// name gives a set the network's labels for its classes, if there are as many; of classes without
// names there may be fewer, since a set may lack the last ones. A folder of images has names of
// its own.
func (s *Set) name(labels []string) {
	if !s.ByName && (len(labels) == s.Classes || len(labels) > s.Classes && s.ClassNames == nil) {
		s.ClassNames = labels
	}
}

// WithLabels returns the set as a network of these labels numbers its classes: a folder of images
// is numbered by its classes' names, and another folder of the same classes may lack one. If none
// of its classes with images is among the labels, and these are no numbers, they may be numbers
// themselves. Another class is an error; no labels are no reason to number anew. Other sets have
// numbers of their own.
func (s *Set) WithLabels(labels []string) (*Set, error) {
	if !s.ByName || len(labels) == 0 || slices.EqualFunc(s.ClassNames, labels, SameClass) {
		return s, nil
	}
	numbers, err := s.numbers(labels)
	if err != nil {
		return nil, err
	}
	numbered := *s
	numbered.Classes, numbered.ClassNames, numbered.Labels = len(labels), labels, make([]int32, s.Len())
	for i, class := range s.Labels {
		numbered.Labels[i] = numbers[class]
	}
	return &numbered, nil
}

// numbers returns the number of each class among labels.
func (s *Set) numbers(labels []string) (map[int32]int32, error) {
	byName, byNumber := map[int32]int32{}, map[int32]int32{}
	var other string // a class that is not among the labels
	for _, class := range s.Labels {
		if _, seen := byName[class]; seen {
			continue
		}
		name := s.ClassNames[class]
		byName[class] = int32(indexOf(labels, name))
		if byName[class] < 0 {
			other = name
		}
		if k, ok := index(name, len(labels)); ok {
			byNumber[class] = k
		}
	}
	named := func(label string) bool { _, ok := index(label, math.MaxInt32); return ok }
	switch {
	case other == "":
		return byName, nil
	case len(byNumber) == len(byName) && !slices.ContainsFunc(labels, named):
		return byNumber, nil
	}
	return nil, fmt.Errorf("data: %s: got class %q, want one of the network's, or of all classes their numbers: %s", s.Name, other, listed(labels))
}

// index reads a class's name as a number below n.
func index(name string, n int) (int32, bool) {
	k, err := strconv.ParseInt(name, 10, 32)
	return int32(k), err == nil && 0 <= k && k < int64(n) && strconv.FormatInt(k, 10) == name
}

// maxNames is how many names an error lists.
const maxNames = 20

// listed joins names for an error.
func listed(names []string) string {
	if more := len(names) - maxNames; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNames], ", "), more)
	}
	return strings.Join(names, ", ")
}
