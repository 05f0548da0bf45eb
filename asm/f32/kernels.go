package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

// Kernel says which implementation serves a family of kernels on this machine, and why.
type Kernel struct {
	Family         string `json:"family"`
	Implementation string `json:"implementation"`
	Why            string `json:"why"`
}

// families lists the kernels, a line a family; hand is the tile or vector of the AVX2 version, empty where
// there is none.
var families = []struct{ name, hand, limit string }{
	{"convolution, forward and input gradient", "6 or 4 pixels × 16 channels", ""},
	{"convolution, weight gradient", "6×16 of the gradient", ""},
	{"Winograd's transforms", "8 channels", "for multiples of 8 channels"},
	{"batch norm and leaky ReLU, both directions", "8 channels", "for multiples of 8 channels"},
	{"batch-norm statistics, channel sums", "8 channels, 2 chains", "for multiples of 8 channels"},
	{"average-pool shortcut, both directions", "8 channels", "for multiples of 8 channels"},
	{"sums, momentum, gradient descent", "8 elements", ""},
	{"softmax cross entropy", "", "a few values an image"},
}

// Kernels lists which implementation serves each family now.
func Kernels() []Kernel {
	var kernels []Kernel
	for _, f := range families {
		k := Kernel{Family: f.name, Implementation: cpu.Portable.String(), Why: f.limit}
		if f.hand != "" {
			k.Why = cpu.Why()
			if cpu.Active() >= cpu.AVX2 {
				k.Implementation = cpu.AVX2.String() + ", " + f.hand
				if f.limit != "" {
					k.Why += "; " + f.limit + ", else portable"
				}
			}
		}
		kernels = append(kernels, k)
	}
	return kernels
}
