package lower

import (
	"math"

	"github.com/resnetgen/resnetgen/gen/ir"
	"github.com/resnetgen/resnetgen/spec"
)

// start is what a variable starts from.
type start struct {
	init  ir.Initializer
	scale float64 // of Normal the standard deviation, of Uniform the bound
}

// convStart returns the start of a convolution's weights.
//
// Sources: He et al., "Delving Deep into Rectifiers", 2015, section 2.2; Glorot and Bengio,
// "Understanding the Difficulty of Training Deep Feedforward Neural Networks", 2010, equation 16.
func convStart(net *spec.Net, c spec.Conv) start {
	taps := float64(c.Kernel * c.Kernel)
	switch net.Initialization {
	case "fan-in":
		return start{ir.Normal, math.Sqrt(2 / (taps * float64(c.In)))}
	case "glorot-uniform":
		return start{ir.Uniform, math.Sqrt(6 / (taps * float64(c.In+c.Out)))}
	}
	return start{ir.Normal, math.Sqrt(2 / (taps * float64(c.Out)))}
}

// classifierStart returns the starts of the last layer's weights and of its biases: those of the
// family. PyTorch's linear layer is uniform, and the paper's networks in PyTorch give its weights
// the start of their convolutions.
func classifierStart(net *spec.Net, in int) (weights, biases start) {
	linear := start{ir.Uniform, math.Sqrt(1 / float64(in))}
	switch net.Family {
	case "torchvision", "torchvision-small":
		return linear, linear
	case "paper":
		return start{ir.Normal, math.Sqrt(2 / float64(in))}, linear
	case "v1":
		return start{ir.Uniform, math.Sqrt(6 / float64(in+net.Classes))}, start{init: ir.Zeros}
	}
	return start{ir.Uniform, math.Sqrt(3 / float64(in))}, start{init: ir.Zeros}
}
