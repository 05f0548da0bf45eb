package pass

import (
	"testing"

	"github.com/resnetgen/resnetgen/gen/ir"
	"github.com/resnetgen/resnetgen/gen/lower"
	"github.com/resnetgen/resnetgen/spec"
	"github.com/resnetgen/resnetgen/spec/zoo"
)

// placed compiles a network of the zoo for inference.
func placed(t *testing.T, name string) *ir.Graph {
	t.Helper()
	text, err := zoo.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	net, err := spec.Parse(name, text)
	if err != nil {
		t.Fatal(err)
	}
	g := lower.Lower(net)
	if err := Run(Inference, g, func(string, *ir.Graph) {}); err != nil {
		t.Fatal(err)
	}
	return g
}

// TestSingles holds which phases take a chunk's images one by one: those before Winograd's first
// convolution with 256 channels, whose weights of 9.4 MB several images share; none of a network
// whose chunk fits a cache. A tensor of one image at a time lives in these phases only.
func TestSingles(t *testing.T) {
	for name, first := range map[string]string{
		"resnet20": "init/init_conv", "resnet18": "layer3.0.conv2", "resnet50": "layer3.1.conv2",
	} {
		g := placed(t, name)
		n := g.Inference.Singles
		if got := g.Phases[n].Name; got != first {
			t.Errorf("%s: got %s as the first phase of all images together, want %s", name, got, first)
		}
		if g.ImageTensor().Single || g.Logits.Single {
			t.Errorf("%s: got one image at a time of the input or of the logits, want all: callers have them", name)
		}
		for _, p := range g.Phases[n:] {
			for _, op := range p.Ops {
				for tensor := range op.Tensors() {
					if tensor.Single {
						t.Errorf("%s: %s: got one image at a time of %s, want all", name, p.Name, tensor)
					}
				}
			}
		}
	}
}
