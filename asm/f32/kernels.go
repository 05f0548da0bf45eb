package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

// row is a family of any kernels.
type row interface {
	describe(active cpu.Level) Kernel
	own() []cpu.Level
}

// table has every family of kernels: what runs here, what `resnetgen cpu` prints, and what the
// tests compare. A new family gets a line.
var table = []row{
	convFamily,
	outerFamily,
	winogradFamily,
	winogradWeightsFamily,
	winogradBlockFamily,
	normFamily,
	storeFamily,
	unitEndFamily,
	momentsFamily,
	sumActivateFamily,
	poolFamily,
	elementwiseFamily,
	optimizerFamily,
	peakFamily,
	softmaxFamily,
}

// Kernel says which implementation serves a family of kernels on this machine, and why.
type Kernel struct {
	Family         string `json:"family"`
	Implementation string `json:"implementation"`
	Why            string `json:"why"`
}

// Kernels lists which implementation serves each family now.
func Kernels() []Kernel {
	kernels := make([]Kernel, 0, len(table))
	for _, family := range table {
		kernels = append(kernels, family.describe(cpu.Active()))
	}
	return kernels
}
