package nn

// Options are what a machine decides about a network: nothing in them changes a result's bits, but for LocalNorms and FastSums.
type Options struct {
	// Threads is the number of workers that share a step; 0 means one for each usable core.
	// More than abi.Groups workers are not used.
	Threads int

	// Link joins the network's training steps to those of other processes; nil: it is alone. Each rank is given the whole batch's
	// labels, and of its images at least those of [RankImages]; the metrics are the batch's, the last logits those of the rank's images.
	// See [CheckRanks].
	Link Link
	// LocalNorms takes the batch norms' statistics from each rank's own images, not from all.
	LocalNorms bool
	// FastSums leaves the sum of the ranks' gradients to the link, in an order of its own.
	FastSums bool
}

// Metrics are the results of one batch.
type Metrics struct {
	Images       int
	CrossEntropy float64 // mean softmax cross entropy, natural logarithm
	Loss         float64 // CrossEntropy plus weight decay · Σ ½‖v‖² over the decayed variables
	Correct      int     // images whose largest logit is their label's (ties: the lowest index)
}

// Precision is the share of correctly classified images.
func (m Metrics) Precision() float64 {
	if m.Images == 0 {
		return 0
	}
	return float64(m.Correct) / float64(m.Images)
}

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
	Momentum []float32 // nil unless trainable and the optimizer keeps one
	Moments  Moments   // of AdamW; nil unless trainable and that is the optimizer
}

// Slot is what an optimizer keeps of a variable, in the variable's shape.
type Slot struct {
	Name  string // TensorFlow's: VARIABLE/Momentum, VARIABLE/Adam or VARIABLE/Adam_1
	Value []float32
}

// SlotSuffixes are what the names of slots have behind their variables', for every optimizer that there is.
var SlotSuffixes = [...]string{"/Momentum", "/Adam", "/Adam_1"}

// Slots lists what the network's optimizer keeps of the variable.
func (v *Variable) Slots() (slots []Slot) {
	for i, value := range [...][]float32{v.Momentum, v.Moments.Mean, v.Moments.Square} {
		if value != nil {
			slots = append(slots, Slot{v.Name + SlotSuffixes[i], value})
		}
	}
	return slots
}

// Layer is a row of a network's table of layers.
type Layer struct {
	Name       string `json:"name"`
	Op         string `json:"op"`
	In         [3]int `json:"in"`  // height, width, channels
	Out        [3]int `json:"out"` // height, width, channels
	Parameters int64  `json:"parameters"`
	MACs       int64  `json:"macs"` // multiply-accumulates of an image
	Algorithm  string `json:"algorithm,omitempty"`
	Offset     int64  `json:"arena_offset"` // of its output, in bytes
}

// Unit is a residual unit, as the spec states it: with a network's other sizes, all that its shape follows from.
type Unit struct {
	Name          string // the scope of its variables
	Bottleneck    bool   // 1×1, 3×3 and 1×1 convolutions; else two of 3×3
	Stride        int    // of its first convolution and its shortcut
	In, Out       int    // channels
	ActivateFirst bool   // the shortcut, too, takes what the first norm and activation make of the input
}

// Phase is a part of a step that all workers run together, ended by a barrier.
type Phase struct {
	Name string // the layer's
	Pass string // "forward", "backward", …

	// Of one image: operations of the phase's convolutions, two a multiply-accumulate, as direct convolutions, and those of
	// the products that their algorithms take instead; bytes of tensors of the batch that are read or written.
	FLOPs, Products, ImageBytes int64
	// Once for the batch: bytes of weights, their gradients and momentum that are read or written.
	BatchBytes int64
}

// Bytes returns what the phase reads and writes for n images.
func (p *Phase) Bytes(n int) int64 { return p.ImageBytes*int64(n) + p.BatchBytes }

// Buffer is a part of a network's arena.
type Buffer struct {
	Name          string
	Shape         []int // of a tensor: images, height, width, channels
	Bytes, Offset int64
	First, Last   int // of Info.Phases, those between which a tensor lives; what has no Shape always does
}

// Info describes a compiled network without building it.
type Info struct {
	Name         string
	SpecHash     string    // sha256 of the decoded spec, hexadecimal
	Generator    string    // version of the generator
	Input        [3]int    // height, width, channels
	Mean, Std    []float64 // of each channel, that images are standardized by, of pixels from 0 to 1; nil: by each image's own
	Classes      int
	Batch        int // images of a training step, as the spec says
	EvalBatch    int // images of an evaluation step, as the spec says
	Capacity     int // the most images a call takes: the larger of the two
	Parameters   int64
	MACs         int64
	ArenaBytes   int64 // memory of the network without the workers' scratch
	ScratchBytes int64 // scratch of one worker
	TensorBytes  int64 // of ArenaBytes, those of the tensors of a batch, which share memory
	LiveBytes    int64 // the most that these hold at one time: no plan needs less
	InferBytes   int64 // memory of one worker of the inference package, besides the weights, which all share
	Optimizer    string
	Momentum     float64
	WeightDecay  float64
	Smoothing    float64 // of the labels
	Leak         float64 // slope of the activations below 0
	Epsilon      float64 // what the norms add to a variance
	Layers       []Layer
	Units        []Unit // the residual units, in order
	Variables    []VariableInfo
	Phases       []Phase  // of a training step, in order
	Buffers      []Buffer // of the arena, those that live through every step first
}

// Network is what every generated network offers to the trainer's kit. Images are [n, height, width,
// channels] float32; labels are class indices; n is at most Info.Capacity.
type Network interface {
	// TrainStep runs forward, backward and the optimizer's update on one batch.
	TrainStep(images []float32, labels []int32, learningRate float32) Metrics
	// Eval runs the forward pass with the moving averages and changes no variable.
	Eval(images []float32, labels []int32) Metrics
	// Logits is Eval without labels: [n, classes], valid until the next call of any method.
	Logits(images []float32) []float32
	// LastLogits returns the logits of the last TrainStep, Eval or Logits.
	LastLogits() []float32
	// Variables lists the network's variables in a fixed order.
	Variables() []Variable
	// Profile makes every later step record the time of each of Info.Phases; nil ends it.
	Profile(*Profile)
	// Threads returns the number of workers in use.
	Threads() int
	// Close ends the workers. TrainStep, Eval and Logits panic afterwards, with ErrClosed; the variables stay readable.
	Close()
}

// Counter is a Network whose update depends on how many steps came before it, as that of AdamW does. A new one is
// at 0.
type Counter interface {
	// StepCount returns how many training steps have been made.
	StepCount() int
	// SetStepCount makes the next step the one after the given number.
	SetStepCount(int)
}
