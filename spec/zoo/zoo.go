// Package zoo holds the specs of published networks for CIFAR-10, CIFAR-100 and Fashion-MNIST, and
// recipes for short trainings ("fast").
//
// The networks are those of He, Zhang, Ren and Sun, "Identity Mappings in Deep Residual Networks",
// 2016, and of Zagoruyko and Komodakis, "Wide Residual Networks", 2016, in the form of TensorFlow's
// official model for CIFAR. Those for Fashion-MNIST were trained by Zhong, Zheng, Kang, Li and
// Yang, "Random Erasing Data Augmentation", 2017.
package zoo

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed *.yaml
var files embed.FS

// names are in the order of Names: by data, family and size; recipes for short trainings last.
var names = []string{
	"resnet20", "resnet32", "resnet44", "resnet56", "resnet110", "resnet164", "resnet1001", "wrn-16-8", "wrn-28-10",
	"resnet20-cifar100", "resnet32-cifar100", "resnet44-cifar100", "resnet56-cifar100", "resnet110-cifar100",
	"resnet164-cifar100", "resnet1001-cifar100", "wrn-16-8-cifar100", "wrn-28-10-cifar100",
	"resnet20-fashion", "resnet32-fashion", "resnet44-fashion", "resnet56-fashion", "resnet110-fashion", "wrn-28-10-fashion",
	"resnet20-fast", "resnet20-fashion-fast",
}

// Names lists the specs by data, family and size; recipes for short trainings last.
func Names() []string { return append([]string(nil), names...) }

// Read returns the spec of that name as YAML.
func Read(name string) ([]byte, error) {
	data, err := files.ReadFile(name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("zoo: got network %q, want one of %s", name, strings.Join(names, ", "))
	}
	return data, nil
}
