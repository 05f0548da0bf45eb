package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

// Kernel says which implementation serves a family of kernels on this machine, and why.
type Kernel struct {
	Family         string `json:"family"`
	Implementation string `json:"implementation"`
	Why            string `json:"why"`
}

// families lists the kernels, a line a family: the tile or vector of the version of each level, empty where there is none,
// so that the level below serves.
var families = []struct{ name, avx2, avx512, limit string }{
	{"convolution, forward and input gradient", "6 or 4 pixels × 16 channels", "6 or 4 pixels × 32 channels, 12 or 8 × 16", ""},
	{"convolution, weight gradient", "6×16 of the gradient", "8×32, 16×16 or 9×16 of the gradient", ""},
	{"Winograd's transforms of images", "8 channels", "16 channels", "for multiples of 8 channels, AVX-512 of 16"},
	{"Winograd's transforms of weights", "8 kernels", "", ""},
	{"batch norm and leaky ReLU, both directions", "8 or 16 channels", "64 or 32 channels", "for multiples of 8 channels, AVX-512 of 16"},
	{"batch-norm statistics while storing", "16 channels, 2 chains", "64 or 32 channels, 2 chains", "for multiples of 16 channels"},
	{"batch-norm statistics, channel sums", "8 channels, 2 chains", "", "for multiples of 8 channels"},
	{"sum and activation of inference", "8 or 16 channels", "64, 32 or 16 channels", "for multiples of 8 channels, AVX-512 of 16"},
	{"average-pool shortcut, both directions", "8 channels", "", "for multiples of 8 channels"},
	{"sums, momentum, Nesterov, AdamW, gradient descent", "8 elements", "", ""},
	{"softmax cross entropy", "", "", "a few values an image"},
}

// Kernels lists which implementation serves each family now.
func Kernels() []Kernel {
	var kernels []Kernel
	for _, f := range families {
		k := Kernel{Family: f.name, Implementation: cpu.Portable.String(), Why: f.limit}
		if f.avx2 != "" {
			k.Why = cpu.Why()
			switch level := cpu.Active(); {
			case level >= cpu.AVX512 && f.avx512 != "":
				k.Implementation = cpu.AVX512.String() + ", " + f.avx512
			case level >= cpu.AVX2:
				k.Implementation = cpu.AVX2.String() + ", " + f.avx2
				if level > cpu.AVX2 {
					k.Why += "; no faster by " + level.String()
				}
			}
			if f.limit != "" && cpu.Active() > cpu.Portable {
				k.Why += "; " + f.limit + ", else the level below"
			}
		}
		kernels = append(kernels, k)
	}
	return kernels
}
