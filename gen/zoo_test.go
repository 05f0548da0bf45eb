package gen

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dustin/go-humanize"

	"github.com/resnetgen/resnetgen/spec"
	"github.com/resnetgen/resnetgen/spec/zoo"
)

// Sources of the published figures.
const (
	official = "tensorflow/models, research/resnet: its variables, counted" // to the last parameter
	he2015   = "He et al., Deep Residual Learning for Image Recognition, table 6"
	he2016   = "He et al., Identity Mappings in Deep Residual Networks, as cited by Wide Residual Networks, table 5"
	wrn      = "Zagoruyko and Komodakis, Wide Residual Networks, table 5"
	hrank    = "Lin et al., HRank, 2020: the networks before pruning"
	slimming = "Liu et al., Network Slimming, 2017: the networks before pruning"
)

// published are the figures of papers and of the official code, in the digits they print.
var published = []struct {
	network string
	figure  string
	of      func(t *testing.T, net *spec.Net) int64
	source  string
}{
	{"resnet20", "269,722", described, official},
	{"resnet32", "464,154", described, official},
	{"resnet110", "1,727,962", described, official},
	{"resnet164", "1,703,258", described, official},
	{"resnet1001", "10,327,706", described, official},
	{"wrn-28-10", "36,220,634", described, official},

	{"resnet20", "0.27M", described, he2015},
	{"resnet32", "0.46M", described, he2015},
	{"resnet44", "0.66M", described, he2015},
	{"resnet56", "0.85M", described, he2015},
	{"resnet110", "1.7M", described, he2015},
	{"resnet164", "1.7M", described, he2016},
	{"resnet1001", "10.2M", withoutNorms, he2016},
	{"wrn-16-8", "11.0M", withProjections, wrn},
	{"wrn-28-10", "36.5M", withProjections, wrn},
	{"resnet164", "1.70M", described, slimming},
	{"resnet164-cifar100", "1.73M", described, slimming},

	{"resnet56", "125.49M", describedMACs, hrank},
	{"resnet110", "252.89M", describedMACs, hrank},
}

// TestPublishedFigures holds parameters and multiply-accumulates to what others have published.
func TestPublishedFigures(t *testing.T) {
	for _, p := range published {
		got := p.of(t, fromZoo(t, p.network))
		if text := inDigitsOf(p.figure, got); text != p.figure {
			t.Errorf("%s: got %s (%s), want %s: %s", p.network, text, humanize.Comma(got), p.figure, p.source)
		}
	}
}

// inDigitsOf writes n as a published figure is written: exactly with commas, or in millions with as many digits.
func inDigitsOf(figure string, n int64) string {
	millions, rounded := strings.CutSuffix(figure, "M")
	if !rounded {
		return humanize.Comma(n)
	}
	_, decimals, _ := strings.Cut(millions, ".")
	return fmt.Sprintf("%.*fM", len(decimals), float64(n)/1e6)
}

func described(t *testing.T, net *spec.Net) int64 {
	info, err := Describe(net)
	if err != nil {
		t.Fatal(err)
	}
	return info.Parameters
}

func describedMACs(t *testing.T, net *spec.Net) int64 {
	info, err := Describe(net)
	if err != nil {
		t.Fatal(err)
	}
	return info.MACs
}

// withoutNorms counts a network's weights and biases alone.
func withoutNorms(t *testing.T, net *spec.Net) int64 {
	return described(t, net) - defined(net).norms
}

// withProjections counts a basic network as the paper on wide networks draws it: its shortcuts are 1×1 convolutions where
// the number of filters changes. The official code pools and pads there instead.
func withProjections(t *testing.T, net *spec.Net) int64 {
	total := described(t, net)
	for i := range net.Units {
		if in, out := net.Filters[i], net.Filters[i+1]; in != out {
			total += int64(in) * int64(out)
		}
	}
	return total
}

// counts are those of a network's definition.
type counts struct {
	parameters int64 // gammas and betas too
	norms      int64 // of these, gammas and betas
	macs       int64 // of convolutions and the fully connected layer, for one image
}

func (c *counts) norm(channels int) {
	c.parameters += 2 * int64(channels)
	c.norms += 2 * int64(channels)
}

// conv counts a convolution k×k from in to out channels, with so many pixels at its output.
func (c *counts) conv(k, in, out, pixels int) {
	weights := int64(k * k * in * out)
	c.parameters += weights
	c.macs += weights * int64(pixels)
}

// defined counts from the definition of the network, without the compiler.
func defined(net *spec.Net) (c counts) {
	h, w := net.Input.Height, net.Input.Width
	c.conv(3, net.Input.Channels, net.Filters[0], h*w)
	for i, units := range net.Units {
		in, out, stride := net.Filters[i], net.Filters[i+1], net.Strides[i]
		h, w = (h+stride-1)/stride, (w+stride-1)/stride
		for range units {
			c.norm(in)
			if q := out / 4; net.Bottleneck {
				c.conv(1, in, q, h*w)
				c.norm(q)
				c.conv(3, q, q, h*w)
				c.norm(q)
				c.conv(1, q, out, h*w)
				if in != out || stride != 1 {
					c.conv(1, in, out, h*w)
				}
			} else {
				c.conv(3, in, out, h*w)
				c.norm(out)
				c.conv(3, out, out, h*w)
			}
			in, stride = out, 1
		}
	}
	last := net.Filters[len(net.Filters)-1]
	c.norm(last)
	c.conv(1, last, net.Classes, 1)
	c.parameters += int64(net.Classes) // biases
	return c
}

// TestZooIsAsDefined holds what the compiler says of each network of the zoo to its definition.
func TestZooIsAsDefined(t *testing.T) {
	for _, name := range zoo.Names() {
		net := fromZoo(t, name)
		info, err := Describe(net)
		if err != nil {
			t.Fatal(err)
		}
		if want := defined(net); info.Parameters != want.parameters || info.MACs != want.macs {
			t.Errorf("%s: got %s parameters and %s MACs, want %s and %s", name, humanize.Comma(info.Parameters), humanize.Comma(info.MACs),
				humanize.Comma(want.parameters), humanize.Comma(want.macs))
		}
	}
}
