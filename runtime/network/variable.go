package network

// Initializer names how a variable starts.
type Initializer int

// The initializers of the official model.
const (
	Zeros   Initializer = iota // all 0
	Ones                       // all 1
	Normal                     // normal(0, Scale²)
	Uniform                    // uniform in ±Scale
)

// VariableInfo describes a variable, trainable or not.
type VariableInfo struct {
	Name      string // TensorFlow's, scopes joined by "/"
	Shape     []int
	Trainable bool // false: a moving average
	Decayed   bool // counted in the weight-decay term
	Init      Initializer
	Scale     float64 // of Normal: the standard deviation; of Uniform: the bound
}

// IsLastLayer says that a variable of a name belongs to the layer whose shape depends on the number of classes.
func IsLastLayer(variable string) bool { return variable == "logit/DW" || variable == "logit/biases" }

// Variable is a variable of a network that exists: its slices are views of the network's memory.
type Variable struct {
	VariableInfo
	Value    []float32
	Gradient []float32 // of the last training step, decay included; nil unless trainable
	Slots    []Slot    // what the optimizer keeps of a trainable variable, in the order of abi.Optimizer
}

// Slot is what an optimizer keeps of a variable, in the variable's shape.
type Slot struct {
	Name  string // TensorFlow's: the variable's, and behind it the suffix of an abi.Slot
	Value []float32
}

// Elements returns the number of elements of the variable.
func (v *VariableInfo) Elements() int {
	n := 1
	for _, d := range v.Shape {
		n *= d
	}
	return n
}
