package dataset

import (
	"slices"
	"strings"
	"testing"
)

// TestWithLabels holds how classes are numbered anew.
func TestWithLabels(t *testing.T) {
	set := &Set{Name: "trees", Classes: 3, ClassNames: []string{"birch", "cedar", "oak"}, ByName: true, Labels: []int32{1, 0, 1}}
	got, err := set.WithLabels([]string{"ash", "birch", "cedar"}) // there is no image of an oak
	if err != nil || !slices.Equal(got.Labels, []int32{2, 1, 2}) || !slices.Equal(set.Labels, []int32{1, 0, 1}) {
		t.Errorf("got labels %d (%v), of the set itself %d", got.Labels, err, set.Labels)
	}
	const want = `data: trees: got class "cedar", want one of the network's, or of all classes their numbers: ash, birch`
	if _, err := set.WithLabels([]string{"ash", "birch"}); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want %q", err, want)
	}
	if got, err := set.WithLabels(nil); err != nil || got != set {
		t.Errorf("no labels: got another set (%v)", err)
	}
	byNumber := &Set{ClassNames: []string{"0", "10", "2"}, ByName: true, Labels: []int32{0, 2}}
	if got, err := byNumber.WithLabels([]string{"ash", "birch", "cedar"}); err != nil || !slices.Equal(got.Labels, []int32{0, 2}) {
		t.Errorf("numbers: got labels %v (%v), want 0 and 2", got, err)
	}
	for _, other := range []string{"3", "-1", "+1", "01", "x"} {
		byNumber.ClassNames[2] = other
		if _, err := byNumber.WithLabels([]string{"ash", "birch", "cedar"}); err == nil {
			t.Errorf("class %q: got no error, want that there is none", other)
		}
	}
	byNumber.ClassNames[2] = "2"
	for _, labels := range [][]string{{"1", "3", "5"}, {"ash", "0", "birch"}} { // whose names and numbers could be taken for each other
		if _, err := byNumber.WithLabels(labels); err == nil {
			t.Errorf("labels %q: got no error", labels)
		}
	}
	set.ByName = false
	if got, err := set.WithLabels([]string{"ash", "birch"}); err != nil || got != set {
		t.Errorf("a set with numbers of its own: got another (%v)", err)
	}
}

// TestNames holds that labels name the classes of a set that has no names of its own, if there are
// enough.
func TestNames(t *testing.T) {
	for _, c := range []struct {
		s    Set
		want []string
	}{
		{Set{Classes: 2}, []string{"ash", "birch", "cedar"}},
		{Set{Classes: 4}, nil},
		{Set{Classes: 2, ClassNames: []string{"x", "y"}}, []string{"x", "y"}},
		{Set{Classes: 3, ClassNames: []string{"x", "y", "z"}}, []string{"ash", "birch", "cedar"}},
		{Set{Classes: 3, ClassNames: []string{"x", "y", "z"}, ByName: true}, []string{"x", "y", "z"}},
	} {
		s := c.s
		if s.name([]string{"ash", "birch", "cedar"}); !slices.Equal(s.ClassNames, c.want) {
			t.Errorf("%+v: got %q, want %q", c.s, s.ClassNames, c.want)
		}
	}
	want := []string{"ash", "birch", "cedar", "oak"}
	train, test, err := Open(folder(t, tinyIDX()), Options{Labels: want})
	if err != nil || !slices.Equal(train.ClassNames, want) || !slices.Equal(test.ClassNames, want) {
		t.Errorf("both sets: got %q and %q (%v), want %q", train.ClassNames, test.ClassNames, err, want)
	}
}
