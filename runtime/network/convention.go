package network

import "slices"

// Convention is how files name a network's variables and order their axes.
type Convention int

// The conventions.
const (
	TensorFlow Convention = iota // the official model's: unit_1_0/sub1/conv1/DW, logit/biases
	PyTorch                      // torchvision's: layer1.0.conv1.weight, fc.bias
)

// suffixes are what variables have behind the name of their operation, by role.
var suffixes = [...][len(roleNames)]string{
	TensorFlow: {Weight: "/DW", Bias: "/biases", Gamma: "/gamma", Beta: "/beta", MovingMean: "/moving_mean", MovingVariance: "/moving_variance"},
	PyTorch:    {Weight: ".weight", Bias: ".bias", Gamma: ".weight", Beta: ".bias", MovingMean: ".running_mean", MovingVariance: ".running_var"},
}

// Variable names the variable of an operation by its role.
func (c Convention) Variable(op string, role Role) string { return op + suffixes[c][role] }

// Convention returns the convention of the network's files.
func (i *Info) Convention() Convention {
	if slices.ContainsFunc(i.Variables, func(v VariableInfo) bool { return v.Layout == OIHW }) {
		return PyTorch
	}
	return TensorFlow
}

// Suffixes lists what the names of a role's variables end in, in any convention.
func (r Role) Suffixes() (ends []string) {
	for c := range suffixes {
		ends = append(ends, suffixes[c][r])
	}
	return ends
}

// Layout returns the layout of files for a variable with so many axes.
func (c Convention) Layout(rank int) Layout {
	if c == PyTorch && rank > 1 {
		return OIHW
	}
	return HWIO
}
