package network

// Initializer names how a variable starts.
type Initializer int

// The initializers.
const (
	Zeros   Initializer = iota // all 0
	Ones                       // all 1
	Normal                     // normal(0, Scale²)
	Uniform                    // uniform in ±Scale
)

// Role is what a variable is to its operation.
type Role int

// The roles.
const (
	Weight         Role = iota // a convolution's kernel, or the matrix of the fully connected layer
	Bias                       // of a convolution or the fully connected layer
	Gamma                      // a normalization's scale
	Beta                       // its shift
	MovingMean                 // the moving average of its means
	MovingVariance             // and of its variances
)

var roleNames = [...]string{"Weight", "Bias", "Gamma", "Beta", "MovingMean", "MovingVariance"}

// String returns the constant's name.
func (r Role) String() string { return roleNames[r] }

// Moving says that a variable is a normalization's moving average.
func (r Role) Moving() bool { return r == MovingMean || r == MovingVariance }

// VariableInfo describes a variable, trainable or not.
type VariableInfo struct {
	Name      string // by its network's [Convention]
	Shape     []int  // in memory: [H][W][I][O] of a kernel, [I][O] of a matrix
	Layout    Layout // in files
	Op        int    // the operation that it is part of: a row of Info.Ops
	Role      Role   // what it is to that
	Trainable bool   // false: a moving average
	Decayed   bool   // counted in the weight-decay term
	Init      Initializer
	Scale     float64 // of Normal: the standard deviation; of Uniform: the bound
}

// Variable is a variable of a network that exists: its slices are views of the network's memory.
type Variable struct {
	VariableInfo
	Value    []float32
	Gradient []float32 // of the last training step, decay included; nil unless trainable
	Slots    []Slot    // of a trainable variable, in the order of abi.Optimizer
}

// Slot is an optimizer's state for a variable, such as its momentum, in the variable's shape.
type Slot struct {
	Name  string // the variable's, and behind it the suffix of an abi.Slot
	Value []float32
}

// FileShape returns the variable's shape in files.
func (v *VariableInfo) FileShape() []int { return v.Layout.Shape(v.Shape) }

// FileIndex returns the place in files of element i of the variable's memory.
func (v *VariableInfo) FileIndex(i int) int {
	if v.Layout == HWIO || len(v.Shape) < 2 {
		return i
	}
	taps, in, out := sizes(v.Shape)
	o, input, tap := i%out, i/out%in, i/(out*in)
	return (o*in+input)*taps + tap
}

// Elements returns the number of elements of the variable.
func (v *VariableInfo) Elements() int {
	n := 1
	for _, d := range v.Shape {
		n *= d
	}
	return n
}
