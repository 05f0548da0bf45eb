package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/dustin/go-humanize"

	"github.com/resnetgen/resnetgen/spec/zoo"
)

// Sources of the published figures.
const (
	official  = "tensorflow/models, research/resnet: its variables, counted" // to the last parameter
	he2015    = "He et al., Deep Residual Learning for Image Recognition, table 6"
	he2016    = "He et al., Identity Mappings in Deep Residual Networks, as cited by Wide Residual Networks, table 5"
	wrn       = "Zagoruyko and Komodakis, Wide Residual Networks, table 5"
	hrank     = "Lin et al., HRank, 2020: the networks before pruning"
	vision    = "torchvision's documentation of its models, version 0.14"
	akamaster = "Idelbayev, Proper ResNet Implementation for CIFAR10/CIFAR100 in PyTorch: its variables, counted"
	keras     = "Keras's documentation of its applications, and its ResNet50: multiply-accumulates counted"
	timm      = "PyTorch Image Models: resnetv2_50, counted"
	small     = "torchvision's resnet18 with a 3×3 convolution first, and ten classes: its variables, counted"
	slimming  = "Liu et al., Network Slimming, 2017: the networks before pruning"
)

// published are the figures of papers and of the official code, in the digits they print. Those of
// parameters for CIFAR-10 come first for each network, the most exact first of all.
var published = []struct {
	network string
	figure  string
	of      func(said *printed) int64
	source  string
}{
	{"resnet20", "269,722", parameters, official},
	{"resnet32", "464,154", parameters, official},
	{"resnet110", "1,727,962", parameters, official},
	{"resnet164", "1,703,258", parameters, official},
	{"resnet1001", "10,327,706", parameters, official},
	{"wrn-28-10", "36,220,634", parameters, official},

	{"resnet18", "11,689,512", parameters, vision},
	{"resnet34", "21,797,672", parameters, vision},
	{"resnet50", "25,557,032", parameters, vision},
	{"resnet101", "44,549,160", parameters, vision},
	{"resnet152", "60,192,808", parameters, vision},
	{"wide_resnet50_2", "68,883,240", parameters, vision},
	{"wide_resnet101_2", "126,886,696", parameters, vision},
	{"resnet50_v1", "25,583,592", parameters, keras},
	{"resnet50_v2", "25.55M", parameters, timm},
	{"resnet18_small", "11,173,962", parameters, small},
	{"resnet20_paper", "269,722", parameters, akamaster},
	{"resnet32_paper", "464,154", parameters, akamaster},
	{"resnet56_paper", "853,018", parameters, akamaster},
	{"resnet110_paper", "1,727,962", parameters, akamaster},

	{"resnet20", "0.27M", parameters, he2015},
	{"resnet32", "0.46M", parameters, he2015},
	{"resnet44", "0.66M", parameters, he2015},
	{"resnet56", "0.85M", parameters, he2015},
	{"resnet110", "1.7M", parameters, he2015},
	{"resnet164", "1.7M", parameters, he2016},
	{"resnet1001", "10.2M", withoutNorms, he2016},
	{"wrn-16-8", "11.0M", withProjections, wrn},
	{"wrn-28-10", "36.5M", withProjections, wrn},
	{"wrn-16-8-cifar100", "11.0M", withProjections, wrn},
	{"wrn-28-10-cifar100", "36.5M", withProjections, wrn},
	{"resnet164", "1.70M", parameters, slimming},
	{"resnet164-cifar100", "1.73M", parameters, slimming},

	{"resnet18", "1.814G", macs, vision},
	{"resnet34", "3.664G", macs, vision},
	{"resnet50", "4.089G", macs, vision},
	{"resnet101", "7.801G", macs, vision},
	{"resnet152", "11.514G", macs, vision},
	{"resnet50_v1", "3.858G", macs, keras},
	{"wide_resnet50_2", "11.398G", macs, vision},
	{"wide_resnet101_2", "22.753G", macs, vision},
	{"resnet56", "125.49M", macs, hrank},
	{"resnet110", "252.89M", macs, hrank},
}

// printed is what info says of a network.
type printed struct {
	Input      [3]int
	Classes    int
	Parameters int64
	MACs       int64
	Variables  []struct {
		Name  string
		Shape []int
	}
}

func parameters(p *printed) int64 { return p.Parameters }
func macs(p *printed) int64       { return p.MACs }

// withoutNorms counts a network's weights and biases alone.
func withoutNorms(p *printed) int64 {
	n := p.Parameters
	for _, v := range p.Variables {
		if strings.HasSuffix(v.Name, "/gamma") || strings.HasSuffix(v.Name, "/beta") {
			n -= int64(v.Shape[0])
		}
	}
	return n
}

// withProjections counts a basic network as the paper on wide networks draws it: its shortcuts are
// 1×1 convolutions where the number of filters changes. The official code pools and pads there
// instead.
func withProjections(p *printed) int64 {
	n := p.Parameters
	for _, v := range p.Variables {
		if in, out := v.Shape[max(len(v.Shape)-2, 0)], v.Shape[len(v.Shape)-1]; strings.HasSuffix(v.Name, "/sub1/conv1/DW") && in != out {
			n += int64(in) * int64(out)
		}
	}
	return n
}

// asForCIFAR10 counts a network for small images as if these had three channels, and ten classes,
// which is what most figures are of: the first convolution's 3×3 weights of each channel, and the
// last layer's weights and bias of each class.
func asForCIFAR10(p *printed) int64 {
	n := p.Parameters
	if p.Classes == 1000 {
		return n
	}
	for _, v := range p.Variables {
		switch v.Name {
		case "init/init_conv/DW":
			n += int64(3-p.Input[2]) * 9 * int64(v.Shape[3])
		case "logit/DW":
			n += int64(10-p.Classes) * int64(v.Shape[0]+1)
		}
	}
	return n
}

// info runs the command, and holds that its text and its JSON have the same totals.
func info(t *testing.T, name string) *printed {
	t.Helper()
	var out, text, problems bytes.Buffer
	if run([]string{"info", "--json", "zoo:" + name}, nil, &out, &problems) != exitDone || run([]string{"info", "zoo:" + name}, nil, &text, &problems) != exitDone {
		t.Fatalf("info of %s: %s", name, problems.Bytes())
	}
	said := &printed{}
	if err := json.Unmarshal(out.Bytes(), said); err != nil {
		t.Fatalf("info of %s: %v", name, err)
	}
	total := fmt.Sprintf(`(?m)^ +total +%s +%s$`, humanize.Comma(said.Parameters), humanize.Comma(said.MACs))
	if !regexp.MustCompile(total).Match(text.Bytes()) {
		t.Errorf("info of %s: got\n%s\nwant the totals of its JSON, %s", name, text.Bytes(), total)
	}
	return said
}

// TestPublishedFigures holds the parameters and multiply-accumulates that info prints to what
// others have published.
func TestPublishedFigures(t *testing.T) {
	for _, p := range published {
		got := p.of(info(t, p.network))
		if text := inDigitsOf(p.figure, got); text != p.figure {
			t.Errorf("%s: got %s (%s), want %s: %s", p.network, text, humanize.Comma(got), p.figure, p.source)
		}
	}
}

// TestWholeZooIsAsPublished holds each network of the zoo, for whatever data, to the most exact
// figure that there is, for CIFAR-10 where it is not one for ImageNet.
func TestWholeZooIsAsPublished(t *testing.T) {
	for _, name := range zoo.Names() {
		said, found := info(t, name), false
		for _, p := range published {
			if p.network != paperName(name) {
				continue
			}
			found = true
			got := asForCIFAR10(said)
			said.Parameters = got
			if text := inDigitsOf(p.figure, p.of(said)); text != p.figure {
				t.Errorf("%s: got %s parameters as for CIFAR-10, %s, want %s: %s", name, humanize.Comma(got), text, p.figure, p.source)
			}
			break
		}
		if !found {
			t.Errorf("%s: got no published figure to hold it to, want one in the table", name)
		}
	}
}

// paperName is what a network of the zoo is called in papers: its name without what it is trained
// on and how.
func paperName(name string) string {
	name = strings.TrimSuffix(name, "-fast")
	return strings.TrimSuffix(strings.TrimSuffix(name, "-cifar100"), "-fashion")
}

// inDigitsOf writes n as a published figure is written: exactly with commas, or in millions or
// billions with as many digits.
func inDigitsOf(figure string, n int64) string {
	digits := strings.TrimRight(figure, "MG")
	unit := map[string]float64{"M": 1e6, "G": 1e9}[figure[len(digits):]]
	if unit == 0 {
		return humanize.Comma(n)
	}
	_, decimals, _ := strings.Cut(digits, ".")
	return fmt.Sprintf("%.*f%s", len(decimals), float64(n)/unit, figure[len(digits):])
}
