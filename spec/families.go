package spec

import (
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// tensorFlow is the family that a spec without one has.
const tensorFlow = "tensorflow"

// family is what a spec has where its file says nothing, if that is not the default of net.go.
// Single values are by their keys' paths.
type family struct {
	values                          map[string]string
	ofBasic, ofBottleneck           map[string]string // besides, by the kind of units
	basicFilters, bottleneckFilters []int
	mean, std                       []float64 // for images of three channels
}

// families are the published networks that specs begin from.
//
//   - tensorflow: the official model for CIFAR, of He et al., "Identity Mappings in Deep Residual
//     Networks", 2016.
//   - torchvision: its resnet18 to resnet152 and wide ones, v1.5. Source: torchvision 0.14,
//     torchvision/models/resnet.py.
//   - torchvision-small: the same for small images.
//   - paper: the networks for CIFAR of He et al., "Deep Residual Learning for Image Recognition",
//     2015, section 4.2, as Idelbayev's implementation in PyTorch has them.
//   - v1: the networks of that paper's section 4.1, as Keras's ResNet50 has them.
var families = map[string]*family{
	tensorFlow: {
		ofBasic: map[string]string{"shortcut": averagePad}, ofBottleneck: map[string]string{"shortcut": projection},
		basicFilters: []int{16, 16, 32, 64}, bottleneckFilters: []int{16, 64, 128, 256},
	},
	"torchvision": {
		values:       with(torchVision, largeStem, map[string]string{"preprocess.fit": "crop"}),
		ofBottleneck: map[string]string{"bottleneck_stride": "middle"},
		basicFilters: []int{64, 64, 128, 256, 512}, bottleneckFilters: []int{64, 256, 512, 1024, 2048},
		mean: []float64{0.485, 0.456, 0.406}, std: []float64{0.229, 0.224, 0.225},
	},
	"torchvision-small": {
		values:       torchVision,
		ofBottleneck: map[string]string{"bottleneck_stride": "middle"},
		basicFilters: []int{64, 64, 128, 256, 512}, bottleneckFilters: []int{64, 256, 512, 1024, 2048},
	},
	"paper": {
		values:       with(torchVision, map[string]string{"shortcut": subsamplePad, "initialization": "fan-in", "train.augment.pad": "4"}),
		basicFilters: []int{16, 16, 32, 64}, bottleneckFilters: []int{16, 64, 128, 256},
		mean: []float64{0.485, 0.456, 0.406}, std: []float64{0.229, 0.224, 0.225},
	},
	"v1": {
		values: with(torchVision, largeStem, map[string]string{
			"batch_norm.epsilon": "0.00001001", "batch_norm.decay": "0.99", "batch_norm.variance": "biased",
			"initialization": "glorot-uniform", "train.decay_on": "weights", "bias": "true",
			"preprocess.fit": "crop", "preprocess.channels": "bgr",
		}),
		basicFilters: []int{64, 64, 128, 256, 512}, bottleneckFilters: []int{64, 256, 512, 1024, 2048},
		// Caffe's: bytes less their mean.
		mean: []float64{103.939 / 255, 116.779 / 255, 123.68 / 255}, std: []float64{1. / 255, 1. / 255, 1. / 255},
	},
}

// What several families share.
var (
	torchVision = map[string]string{
		"unit": "post-activation", "shortcut": projectionBN, "padding": "symmetric", "relu_leakiness": "0",
		"batch_norm.epsilon": "0.00001", "batch_norm.variance": "unbiased",
		"train.weight_decay": "0.0001", "train.decay_on": "all",
	}
	largeStem = map[string]string{"stem.kernel": "7", "stem.stride": "2", "stem.pool": "max"}
)

// with returns values with others added, of which the last count.
func with(values ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, some := range values {
		for path, value := range some {
			all[path] = value
		}
	}
	return all
}

// filters returns the family's, with or without bottlenecks.
func (f *family) filters(bottleneck bool) []int {
	if bottleneck {
		return f.bottleneckFilters
	}
	return f.basicFilters
}

// value returns the single value of a key, with or without bottlenecks, or "" where the family has
// none of its own.
func (f *family) value(path string, bottleneck bool) string {
	if bottleneck && f.ofBottleneck[path] != "" {
		return f.ofBottleneck[path]
	}
	if !bottleneck && f.ofBasic[path] != "" {
		return f.ofBasic[path]
	}
	return f.values[path]
}

// preset is the family that a file names, for the kind of units that it names: what is wrong with
// either is found later.
type preset struct {
	*family
	bottleneck bool
}

func presetOf(root *yaml.Node) preset {
	p := preset{family: families[tensorFlow]}
	for i := 0; root.Kind == yaml.MappingNode && i+1 < len(root.Content); i += 2 {
		switch value := root.Content[i+1].Value; root.Content[i].Value {
		case "family":
			if f := families[value]; f != nil {
				p.family = f
			}
		case "bottleneck":
			p.bottleneck = strings.EqualFold(value, "true")
		}
	}
	return p
}

// refusals are families and networks that people know and resnetgen does not compile. The patterns
// are those of their names, in lower case.
var refusals = []struct {
	name *regexp.Regexp
	why  string
}{
	{regexp.MustCompile(`resnext|regnet|resnest|res2net`), "grouped convolutions are not compiled"},
	{regexp.MustCompile(`^(legacy_)?se.?resn|senet|^skresn|^ecaresn|gcresn`), "squeeze-and-excitation and other attention is not compiled"},
	{regexp.MustCompile(`^(gluon_)?(wide_)?x?resnet\d+(_\d)?(_?v1)?[bcdest]($|[._])|^resnetv1d|^resnetrs`), "deep stems and average-pool shortcuts are not compiled"},
	{regexp.MustCompile(`^resnet\d+_gn|^resnetv2_.*bit|^bit_`), "group normalization is not compiled"},
	{regexp.MustCompile(`^cspresnet`), "cross-stage partial networks are not compiled"},
	{regexp.MustCompile(`^resnetv2_`), "timm's name of pre-activation networks: resnet50_v2 of the zoo is one"},
	{regexp.MustCompile(`blur|^resnet.*aa`), "anti-aliased pooling is not compiled"},
	{regexp.MustCompile(`^drn|dilated`), "dilated convolutions are not compiled"},
	{regexp.MustCompile(`^(keras.*)?resnet\d*v2$`), "Keras's networks stride in the last unit of a stage, and have max pools as shortcuts; resnet50_v2 of the zoo is that of He et al., 2016"},
	{regexp.MustCompile(`^(slim.*)?resnet_v2`), "slim's networks stride in the last unit of a stage; resnet50_v2 of the zoo is that of He et al., 2016"},
}

// Refusal returns why resnetgen does not compile a family or network of that name, or "" if it is
// not known.
func Refusal(name string) string {
	name = strings.ToLower(name)
	for _, r := range refusals {
		if r.name.MatchString(name) {
			return r.why
		}
	}
	return ""
}
