package gen

import (
	"testing"

	"github.com/dustin/go-humanize"

	"github.com/resnetgen/resnetgen/spec"
	"github.com/resnetgen/resnetgen/spec/zoo"
)

// counts are those of a network's definition.
type counts struct {
	parameters int64 // gammas and betas too
	macs       int64 // of convolutions and the fully connected layer, for one image
	biased     bool  // convolutions have biases
}

func (c *counts) norm(channels int) {
	c.parameters += 2 * int64(channels)
}

// conv counts a convolution k×k from in to out channels, with so many pixels at its output.
func (c *counts) conv(k, in, out, pixels int) {
	weights := int64(k * k * in * out)
	c.parameters += weights
	if c.biased {
		c.parameters += int64(out)
	}
	c.macs += weights * int64(pixels)
}

// defined counts from the definition of the network, without the compiler.
func defined(net *spec.Net) (c counts) {
	h, w := net.Input.Height, net.Input.Width
	halve := func(stride int) { h, w = (h+stride-1)/stride, (w+stride-1)/stride }
	post := net.Unit == "post-activation"
	c.biased = net.Bias
	halve(net.Stem.Stride)
	c.conv(net.Stem.Kernel, net.Input.Channels, net.Filters[0], h*w)
	if post {
		c.norm(net.Filters[0])
	}
	if net.Stem.Pool == "max" {
		halve(2)
	}
	for i, units := range net.Units {
		in, out, stride := net.Filters[i], net.Filters[i+1], net.Strides[i]
		for range units {
			before := h * w
			halve(stride)
			first := h * w
			if net.BottleneckStride == "middle" {
				first = before
			}
			if post {
				c.norm(out)
			} else {
				c.norm(in)
			}
			if net.Bottleneck {
				q := net.InnerFilters[i]
				c.conv(1, in, q, first)
				c.norm(q)
				c.conv(3, q, q, h*w)
				c.norm(q)
				c.conv(1, q, out, h*w)
			} else {
				c.conv(3, in, out, h*w)
				c.norm(out)
				c.conv(3, out, out, h*w)
			}
			if projection := net.Shortcut == "projection" || net.Shortcut == "projection-bn"; projection && (in != out || stride != 1) {
				c.conv(1, in, out, h*w)
				if net.Shortcut == "projection-bn" {
					c.norm(out)
				}
			}
			in, stride = out, 1
		}
	}
	last := net.Filters[len(net.Filters)-1]
	if !post {
		c.norm(last)
	}
	c.biased = true
	c.conv(1, last, net.Classes, 1)
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
