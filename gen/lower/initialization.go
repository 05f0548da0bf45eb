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
// Source: He et al., "Delving Deep into Rectifiers", 2015, section 2.2.
func convStart(net *spec.Net, c spec.Conv) start {
	fan := c.Out
	if net.FanIn() {
		fan = c.In
	}
	return start{ir.Normal, math.Sqrt(2 / float64(c.Kernel*c.Kernel*fan))}
}

// classifierStart returns the starts of the last layer's weights and of its biases: those of
// TensorFlow's official model.
func classifierStart(in int) (weights, biases start) {
	return start{ir.Uniform, math.Sqrt(3 / float64(in))}, start{init: ir.Zeros}
}
