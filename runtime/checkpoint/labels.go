package checkpoint

import (
	"encoding/json"
	"fmt"
)

// LabelsKey is the entry of a checkpoint's metadata that names the classes of the data that it was
// trained on: a JSON array.
const LabelsKey = "labels"

// WriteLabels adds the names of the classes, by number, to a checkpoint's metadata; of none it
// says nothing.
func WriteLabels(metadata map[string]string, labels []string) error {
	if len(labels) == 0 {
		return nil
	}
	text, err := json.Marshal(labels)
	if err != nil {
		return fmt.Errorf("%s: %w", LabelsKey, err)
	}
	metadata[LabelsKey] = string(text)
	return nil
}

// Labels returns the names of the classes, by number; nil if the checkpoint does not say them. More
// than there are classes are an error.
func Labels(f *File, classes int) (labels []string, err error) {
	text := f.Metadata[LabelsKey]
	if text == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(text), &labels); err != nil {
		return nil, fmt.Errorf("%s: got %.40q, want a JSON array of names: %w", LabelsKey, text, err)
	}
	if len(labels) > classes {
		return nil, fmt.Errorf("%s: got %d names, want at most %d, one for each class", LabelsKey, len(labels), classes)
	}
	return labels, nil
}
