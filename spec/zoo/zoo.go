// Package zoo holds the specs of published networks, of variants for Fashion-MNIST, and of both with recipes for short
// trainings ("fast").
//
// The networks are those of He, Zhang, Ren and Sun, "Identity Mappings in Deep Residual Networks",
// 2016, and of Zagoruyko and Komodakis, "Wide Residual Networks", 2016, as TensorFlow's official
// model of them for CIFAR defines them.
package zoo

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed *.yaml
var files embed.FS

// names are in the order of Names: by family, then by size; recipes for short trainings last.
var names = []string{
	"resnet20", "resnet32", "resnet44", "resnet56", "resnet110",
	"resnet164", "resnet164-cifar100", "resnet1001",
	"wrn-16-8", "wrn-28-10",
	"resnet20-fashion", "resnet32-fashion",
	"resnet20-fast", "resnet20-fashion-fast",
}

// Names lists the specs by family, then by size.
func Names() []string { return append([]string(nil), names...) }

// Read returns the spec of that name as YAML.
func Read(name string) ([]byte, error) {
	data, err := files.ReadFile(name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("zoo: got network %q, want one of %s", name, strings.Join(names, ", "))
	}
	return data, nil
}
