package checkpoint

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// The entries of a checkpoint's metadata that say what its network computes.
const (
	ArchitectureKey = "architecture_sha256" // Function.Architecture
	FunctionKey     = "function"            // the others, as JSON
)

// Function is what a network computes of its variables: of the same ones, networks of other functions make other logits.
type Function struct {
	Architecture string    `json:"-"`                  // nn.Info.Architecture
	Leak         float64   `json:"relu_leakiness"`     // the slope of the activations below 0
	Epsilon      float64   `json:"batch_norm_epsilon"` // what the norms add to a variance
	Mean         []float64 `json:"mean,omitempty"`     // of each channel, that images are standardized by; nil: by each image's own
	Std          []float64 `json:"std,omitempty"`      // likewise
}

// Describe adds it to a checkpoint's metadata.
func (f *Function) Describe(metadata map[string]string) error {
	text, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("%s: %w", FunctionKey, err)
	}
	metadata[ArchitectureKey], metadata[FunctionKey] = f.Architecture, string(text)
	return nil
}

// Check refuses a checkpoint whose network computes something else, and names all that differs by the spec's keys. What a
// checkpoint does not say, such as another program's, is not compared; nor is the architecture if f has none.
func (f *Function) Check(c *File) error {
	var wrong []string
	differ := func(key string, got, want any) {
		wrong = append(wrong, fmt.Sprintf("%s: got %v, want %v", key, got, want))
	}
	if got := c.Metadata[ArchitectureKey]; got != "" && f.Architecture != "" && got != f.Architecture {
		wrong = append(wrong, fmt.Sprintf("layers: got other sizes or strides, sha256 %.12s, want %.12s", got, f.Architecture))
	}
	if text := c.Metadata[FunctionKey]; text != "" {
		var got Function
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			return fmt.Errorf("%s: got %.40q: %w", FunctionKey, text, err)
		}
		if got.Leak != f.Leak {
			differ("relu_leakiness", got.Leak, f.Leak)
		}
		if got.Epsilon != f.Epsilon {
			differ("batch_norm.epsilon", got.Epsilon, f.Epsilon)
		}
		if !slices.Equal(got.Mean, f.Mean) || !slices.Equal(got.Std, f.Std) {
			differ("standardize", got.standardization(), f.standardization())
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("got a checkpoint whose network computes something else of these variables:\n  %s", strings.Join(wrong, "\n  "))
}

// standardization is the spec's key, for people.
func (f *Function) standardization() string {
	if f.Mean == nil {
		return "none"
	}
	return fmt.Sprintf("mean %v, std %v", f.Mean, f.Std)
}
