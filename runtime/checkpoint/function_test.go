package checkpoint

import (
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/network"
)

// TestFunction holds that a checkpoint of another function is refused, with all that differs, and
// that what it does not say is not compared.
func TestFunction(t *testing.T) {
	was := Function{Architecture: "a1", Leak: 0.1, Epsilon: 0.001, Mean: []float64{0.286}, Std: []float64{0.353}}
	metadata := map[string]string{}
	if err := was.WriteMetadata(metadata); err != nil {
		t.Fatal(err)
	}
	own := &File{Metadata: metadata}
	for name, c := range map[string]struct {
		change func(*Function)
		want   []string
	}{
		"the same":                        {func(*Function) {}, nil},
		"no architecture to compare with": {func(f *Function) { f.Architecture = "" }, nil},
		"strides":                         {func(f *Function) { f.Architecture = "b2" }, []string{"layers: got other sizes or strides, sha256 a1, want b2"}},
		"leak":                            {func(f *Function) { f.Leak = 0 }, []string{"relu_leakiness: got 0.1, want 0"}},
		"epsilon and mean": {
			func(f *Function) { f.Epsilon, f.Mean = 1e-5, []float64{0.3} },
			[]string{"batch_norm.epsilon: got 0.001, want 0.00001", "standardize.mean: got [0.286], want [0.3]"},
		},
		"each image's own": {func(f *Function) { f.Mean, f.Std = nil, nil }, []string{"standardize.mean: got [0.286], want none", "standardize.std: got [0.353], want none"}},
		"preprocessing": {
			func(f *Function) { f.Preprocess = stretched },
			[]string{`preprocess: got none, want {"resize":40,"fit":"stretch","interpolation":"bicubic","channels":"bgr"}`},
		},
	} {
		f := was
		c.change(&f)
		err := f.Check(own)
		if (err == nil) != (c.want == nil) {
			t.Errorf("%s: got error %v, want %q", name, err, c.want)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), "\n  "+want) {
				t.Errorf("%s: got error %q, want %q in it", name, err, want)
			}
		}
		if err := f.Check(&File{}); err != nil {
			t.Errorf("%s: of another program: got %v", name, err)
		}
	}
	if err := was.Check(preprocessed(t, was)); err == nil || !strings.Contains(err.Error(), "\n  preprocess: got {\"resize\":40,") {
		t.Errorf("a checkpoint with preprocessing: got error %v", err)
	}
	for text, want := range map[string]string{"leaky": `function: got "leaky"`, "{}": "", `{"relu_leakiness":0.1}`: ""} {
		metadata[FunctionKey] = text
		if err := was.Check(own); (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got error %v, want %q", text, err, want)
		}
	}
	if err := was.Check(&File{Metadata: map[string]string{FunctionKey: "classifier"}}); err != nil {
		t.Errorf("another program's entry of that name: got error %v", err)
	}
}

var stretched = network.Preprocess{Resize: 40, Fit: "stretch", Interpolation: "bicubic", Channels: "bgr"}

// preprocessed is a checkpoint of a function whose images are stretched. That function takes it.
func preprocessed(t *testing.T, f Function) *File {
	t.Helper()
	f.Preprocess = stretched
	c := &File{Metadata: map[string]string{}}
	if err := f.WriteMetadata(c.Metadata); err != nil {
		t.Fatal(err)
	}
	if err := f.Check(c); err != nil {
		t.Error(err)
	}
	return c
}
