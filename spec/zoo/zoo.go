// Package zoo holds the specs of published networks for ImageNet, CIFAR-10, CIFAR-100 and
// Fashion-MNIST, and recipes for short trainings ("fast").
//
// Those for ImageNet are torchvision's, but for resnet50_v1, Keras's, and resnet50_v2, that of He,
// Zhang, Ren and Sun, "Identity Mappings in Deep Residual Networks", 2016. The networks whose names
// end in paper are those of the same authors' "Deep Residual Learning for Image Recognition", 2015,
// for CIFAR-10, in the form that is widely copied in PyTorch. The others are those of "Identity
// Mappings in Deep Residual Networks" and of Zagoruyko and Komodakis, "Wide Residual Networks",
// 2016, in the form of TensorFlow's official model for CIFAR. Those for Fashion-MNIST were trained
// by Zhong, Zheng, Kang, Li and Yang, "Random Erasing Data Augmentation", 2017.
package zoo

import (
	"embed"
	"fmt"
	"strings"

	"github.com/resnetgen/resnetgen/spec"
)

//go:embed *.yaml
var files embed.FS

// names are in the order of Names: by data, family and size; recipes for short trainings last.
var names = []string{
	"resnet20", "resnet32", "resnet44", "resnet56", "resnet110", "resnet164", "resnet1001", "wrn-16-8", "wrn-28-10",
	"resnet20-cifar100", "resnet32-cifar100", "resnet44-cifar100", "resnet56-cifar100", "resnet110-cifar100",
	"resnet164-cifar100", "resnet1001-cifar100", "wrn-16-8-cifar100", "wrn-28-10-cifar100",
	"resnet20-fashion", "resnet32-fashion", "resnet44-fashion", "resnet56-fashion", "resnet110-fashion", "wrn-28-10-fashion",
	"resnet20_paper", "resnet32_paper", "resnet56_paper", "resnet110_paper", "resnet18_small",
	"resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "wide_resnet50_2", "wide_resnet101_2", "resnet50_v1", "resnet50_v2",
	"resnet20-fast", "resnet20-fashion-fast",
}

// Names lists the specs by data, family and size; recipes for short trainings last.
func Names() []string { return append([]string(nil), names...) }

// Read returns the spec of that name as YAML.
func Read(name string) ([]byte, error) {
	data, err := files.ReadFile(name + ".yaml")
	if err != nil {
		why := ""
		if refusal := spec.Refusal(name); refusal != "" {
			why = ": " + refusal
		}
		return nil, fmt.Errorf("zoo: got network %q, want one of %s%s", name, strings.Join(names, ", "), why)
	}
	return data, nil
}
