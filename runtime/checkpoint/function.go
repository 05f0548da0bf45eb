package checkpoint

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/resnetgen/resnetgen/runtime/network"
)

// The entries of a checkpoint's metadata that say what its network computes.
const (
	ArchitectureKey = "architecture_sha256" // Function.Architecture
	FunctionKey     = "function"            // the others, as JSON
)

// Function is what a network computes of its variables: of the same ones, networks of other
// functions make other logits. The names of its JSON are the spec's keys.
type Function struct {
	Architecture string    `json:"-"`                  // network.Info.Architecture
	Leak         float64   `json:"relu_leakiness"`     // the slope of the activations below 0
	Epsilon      float64   `json:"batch_norm.epsilon"` // what the norms add to a variance
	Mean         []float64 `json:"standardize.mean"`   // of each channel, that images are standardized by; nil: by each image's own
	Std          []float64 `json:"standardize.std"`    // likewise

	// Preprocess is how images become the network's input. It is left out where the spec has none.
	Preprocess Preprocess `json:"preprocess,omitzero"`
}

// Preprocess is [network.Preprocess], for inference packages: these have a type of that package's
// name.
type Preprocess = network.Preprocess

// FunctionOf returns what a network computes.
func FunctionOf(i *network.Info) *Function {
	return &Function{Architecture: i.Architecture(), Leak: i.Leak, Epsilon: i.Epsilon, Mean: i.Mean, Std: i.Std, Preprocess: i.Preprocess}
}

// WriteMetadata adds the function to a checkpoint's metadata.
func (f *Function) WriteMetadata(metadata map[string]string) error {
	text, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("%s: %w", FunctionKey, err)
	}
	metadata[ArchitectureKey], metadata[FunctionKey] = f.Architecture, string(text)
	return nil
}

// Check refuses a checkpoint whose network computes something else, and names all that differs.
// What a checkpoint does not say is not compared, and a file without an architecture is another
// program's, which says nothing; nor is the architecture compared if f has none.
func (f *Function) Check(c *File) error {
	architecture := c.Metadata[ArchitectureKey]
	if architecture == "" {
		return nil
	}
	var wrong []string
	if f.Architecture != "" && architecture != f.Architecture {
		wrong = append(wrong, fmt.Sprintf("layers: got other sizes or strides, sha256 %.12s, want %.12s", architecture, f.Architecture))
	}
	if text := c.Metadata[FunctionKey]; text != "" {
		others, err := f.differences(text)
		if err != nil {
			return fmt.Errorf("%s: got %.40q: %w", FunctionKey, text, err)
		}
		wrong = append(wrong, others...)
	}
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("got a checkpoint whose network computes another function of these variables:\n  %s", strings.Join(wrong, "\n  "))
}

// differences lists where a function's JSON says another value. A number's text is the same for the
// same float64.
func (f *Function) differences(text string) (wrong []string, err error) {
	own, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	var got, want map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(own, &want); err != nil {
		return nil, err
	}
	for _, all := range []map[string]json.RawMessage{got, want} {
		if all[preprocessKey] == nil && all != nil {
			all[preprocessKey] = json.RawMessage("null")
		}
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if value, said := got[key]; said && string(value) != string(want[key]) {
			wrong = append(wrong, fmt.Sprintf("%s: got %s, want %s", key, forPeople(value), forPeople(want[key])))
		}
	}
	return wrong, nil
}

// preprocessKey is the key of Function.Preprocess. A function without it has no preprocessing.
const preprocessKey = "preprocess"

func forPeople(value json.RawMessage) string {
	if string(value) == "null" {
		return "none"
	}
	return string(value)
}
