package dataset

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// name gives a set the network's labels for its classes, if there are as many; of classes without names there may be fewer, since a set
// may lack the last ones. A folder of pictures has names of its own.
func (s *Set) name(labels []string) {
	if !s.ByName && (len(labels) == s.Classes || len(labels) > s.Classes && s.ClassNames == nil) {
		s.ClassNames = labels
	}
}

// Numbered returns the set as a network of these labels numbers its classes: a folder of pictures is numbered by its classes'
// names, or by the labels' numbers if these are the names, and another folder of the same classes may lack one. Other sets have numbers of their own. A class of which there
// are images and that is not among the labels is an error; no labels are no reason to number anew.
func (s *Set) Numbered(labels []string) (*Set, error) {
	if !s.ByName || len(labels) == 0 || slices.Equal(s.ClassNames, labels) {
		return s, nil
	}
	numbers := make([]int32, len(s.ClassNames))
	for class, name := range s.ClassNames {
		numbers[class] = int32(number(name, labels))
	}
	numbered := *s
	numbered.Classes, numbered.ClassNames, numbered.Labels = len(labels), labels, make([]int32, s.Len())
	for i, class := range s.Labels {
		if numbered.Labels[i] = numbers[class]; numbers[class] < 0 {
			return nil, fmt.Errorf("data: %s: got class %q, want one of the network's, or its number: %s", s.Name, s.ClassNames[class], listed(labels))
		}
	}
	return &numbered, nil
}

// number returns the number of a class among labels: that of its name, or that which is its name; −1 if it is none.
func number(name string, labels []string) int {
	if k := slices.Index(labels, name); k >= 0 {
		return k
	}
	if k, err := strconv.Atoi(name); err == nil && 0 <= k && k < len(labels) && strconv.Itoa(k) == name {
		return k
	}
	return -1
}

// mostNames is how many names an error lists.
const mostNames = 20

// listed joins names for an error.
func listed(names []string) string {
	if more := len(names) - mostNames; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:mostNames], ", "), more)
	}
	return strings.Join(names, ", ")
}
