package checkpoint

import (
	"slices"
	"strings"
	"testing"
)

// TestLabels holds that labels are read as they were written, and what is said of others.
func TestLabels(t *testing.T) {
	f := &File{Metadata: map[string]string{}}
	if err := WriteLabels(f.Metadata, nil); err != nil || len(f.Metadata) > 0 {
		t.Errorf("no labels: got %q (%v), want nothing said", f.Metadata, err)
	}
	if labels, err := Labels(f, 2); labels != nil || err != nil {
		t.Errorf("a checkpoint that says none: got %q (%v)", labels, err)
	}
	want := []string{`a "quoted" one`, "zwölf"}
	if err := WriteLabels(f.Metadata, want); err != nil {
		t.Fatal(err)
	}
	if labels, err := Labels(f, 3); err != nil || !slices.Equal(labels, want) {
		t.Errorf("got %q (%v), want %q", labels, err, want)
	}
	if _, err := Labels(f, 1); err == nil || !strings.Contains(err.Error(), "labels: got 2 names, want at most 1") {
		t.Errorf("too many: got error %v", err)
	}
	f.Metadata[LabelsKey] = "cat, dog"
	if _, err := Labels(f, 2); err == nil || !strings.Contains(err.Error(), `labels: got "cat, dog", want a JSON array of names`) {
		t.Errorf("no array: got error %v", err)
	}
}
