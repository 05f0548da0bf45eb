// Package ir is the form a network has between its spec and its Go code: tensors, variables, and a
// flat list of operations on one image, which passes extend, group into phases and place in memory.
package ir

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/resnetgen/resnetgen/runtime/abi"
)

// Shape is the size of one image of a tensor: [H][W][C].
type Shape struct{ H, W, C int }

// Len returns the number of elements.
func (s Shape) Len() int { return s.H * s.W * s.C }

// Pixels returns the number of elements of one channel.
func (s Shape) Pixels() int { return s.H * s.W }

// String formats a shape as H×W×C.
func (s Shape) String() string { return fmt.Sprintf("%d×%d×%d", s.H, s.W, s.C) }

// Storage says where a tensor lives.
type Storage int

// The kinds of storage. Pass phases decides between them.
const (
	Undecided Storage = iota
	Arena             // an array with one element for each image of the batch
	Scratch           // one image, in the memory of each worker
)

// String returns the storage's name in dumps.
func (s Storage) String() string { return [...]string{"undecided", "arena", "scratch"}[s] }

// Tensor is a value of one image: an activation or its gradient.
type Tensor struct {
	Unit  string // the part of the network it belongs to: "init", "unit_1_0", "layer1.0", "head"
	Field string // its name in that scope, a Go identifier: "sub1", "out", "dSub1"
	Role  string // what to call it in an equation: "x", "a", "y", "dz"
	Shape Shape

	Storage Storage // by pass phases
	Offset  int64   // in bytes, by pass plan, before it −1; arena only
	Slot    int     // which of the worker's buffers of this shape, by pass plan, before it −1; scratch only
	Layout  Layout  // by passes phases, halo and epilogue; in the arena plain
	Single  bool    // an inference holds it of one image of a chunk at a time, by pass place

	written int // the last verification that has seen it written
}

// Buffer returns the buffer that holds one image of the tensor.
func (t *Tensor) Buffer() Buffer { return Buffer{t.Shape, t.Layout, t.Slot, t.Single} }

// Name is the tensor's full name.
func (t *Tensor) Name() string { return t.Unit + "/" + t.Field }

// Initializer names how a variable starts; the values are those of runtime/nn.
type Initializer string

// The initializers of the official model.
const (
	Zeros   Initializer = "Zeros"
	Ones    Initializer = "Ones"
	Normal  Initializer = "Normal"
	Uniform Initializer = "Uniform"
)

// Variable is trained, or a moving average.
type Variable struct {
	Name      string
	Shape     []int
	Trainable bool
	Decayed   bool
	Init      Initializer
	Scale     float64 // of Normal the standard deviation, of Uniform the bound

	Offset int64 // in bytes, by pass plan: among the trainable variables, or in the arena
}

// IsWeight reports whether the variable is a convolution's or the last layer's weights, which alone
// have more than one dimension.
func (v *Variable) IsWeight() bool { return len(v.Shape) > 1 }

// Len returns the number of elements.
func (v *Variable) Len() int {
	n := 1
	for _, d := range v.Shape {
		n *= d
	}
	return n
}

// Conv is a convolution, or, on 1×1 images, the fully connected layer.
type Conv struct {
	Layer          *Layer
	Unit, Field    string // "unit_1_0", "conv1"
	Shortcut       bool   // it projects a unit's shortcut
	Dense          bool   // it is the fully connected layer
	Kernel, Stride int
	Symmetric      bool // padding of Kernel/2 pixels a side; false: TensorFlow's SAME
	In, Out        Shape
	Weights        *Variable
	Bias           *Bias // nil: it has none
	InputGradient  bool  // by pass gradients: a gradient of the input is needed
	Algorithm      Algorithm
	SumsBatch      bool // by pass select: the gradient of its weights is summed over the batch, not by groups

	// By pass plan: offsets and elements of the packed weights, BackwardLen 0 without
	// InputGradient; and the first element in each group's partial gradients.
	Forward, Backward       int64
	ForwardLen, BackwardLen int
	Partial                 int
	Kept                    int // of SumsBatch: the first element of what is kept of a batch
}

// Algorithm is how a convolution is computed.
type Algorithm string

// The algorithms. Pass select decides.
const (
	Direct   Algorithm = "direct"   // the sum of products as written down
	Winograd Algorithm = "winograd" // F(4×4, 3×3)

	WinogradBatch Algorithm = "winograd, whole batch" // with the same bits: the products of all images at once
)

// MACs returns the multiply-accumulates of one image.
func (c *Conv) MACs() int64 {
	return int64(c.Out.Pixels()) * int64(c.Out.C) * int64(c.In.C) * int64(c.Kernel*c.Kernel)
}

// products returns the multiply-accumulates that the algorithm takes, transforms left out.
func (c *Conv) products() int64 {
	if c.Algorithm == Direct {
		return c.MACs()
	}
	return c.planes(c.In.C) * int64(c.Out.C)
}

// KeptLen returns the elements of an image that SumsBatch keeps: the input as the convolution reads
// it, or only the pixels that it reads, and the gradient of the output.
func (c *Conv) KeptLen() int {
	in := Layout{Halo: c.Kernel / 2}.Stored(c.In).Len()
	if c.Kernel == 1 {
		in = c.Out.Pixels() * c.In.C
	}
	return in + c.Out.Len()
}

// Bias is the biases of a convolution or of the fully connected layer.
type Bias struct {
	Unit, Field string // "unit_1_0", "conv1Biases"
	Variable    *Variable
	Partial     int // as a Conv's
}

// Norm is a batch normalization followed by a leaky ReLU.
type Norm struct {
	Unit, Field                string // "unit_1_0", "bn2"
	Scope                      string // "unit_1_0/sub2/bn2", "layer1.0.bn2"
	Shape                      Shape  // of one image
	Gamma, Beta                *Variable
	MovingMean, MovingVariance *Variable

	Coefficients int64 // offset, by pass plan
	Folded       *Conv // of inference: the convolution before it, whose weights it scales; nil: it stands for itself
	ShiftOf      *Norm // of inference: the norm whose shift takes this one's, of a shortcut; nil: it has its own
}

// Layer is a row of the table of layers.
type Layer struct {
	Unit       string // "unit_1_0"
	Name       string // "unit_1_0/sub1", "layer1.0.conv1"
	Part       string // its part of its methods' names: "sub1", "conv1"; empty where that is the unit's alone
	In, Out    Shape
	Parameters int64
	Conv       *Conv // nil: no multiply-accumulates
	Output     *Tensor
}

// MACs returns the multiply-accumulates of one image.
func (l *Layer) MACs() int64 {
	if l.Conv == nil {
		return 0
	}
	return l.Conv.MACs()
}

// Graph is a network on its way from spec to code.
type Graph struct {
	Name       string
	Input      Shape
	Classes    int
	Batch      int // images of a training step
	EvalBatch  int
	Leak       float64
	LeakAtZero bool // the derivative of the activation at 0 is Leak, not 1
	Epsilon    float64
	BNDecay    float64 // of the moving averages
	Unbiased   bool    // these take the unbiased variance

	Optimizer      abi.Optimizer
	Momentum       float64
	WeightDecay    float64
	LabelSmoothing float64
	Algorithm      string // what the spec asks for
	Recompute      int    // units of a segment that is made again in the backward pass; 0: all is kept

	Units     []string // the scopes of the residual units, in order
	Tensors   []*Tensor
	Variables []*Variable
	Norms     []*Norm
	Convs     []*Conv
	Layers    []*Layer
	Logits    *Tensor

	Forward []*Op // the forward pass as pass lower has made it, which no other pass changes

	Ops    []*Op    // until pass phases
	Phases []*Phase // from pass phases on
	Plan   Plan     // by pass plan

	Inference Inference // by pass place

	verified int // verifications so far
}

// Inference is the order and the memory of an inference. A chunk of images goes through the network
// together: through the first phases image by image, through the others phase by phase.
type Inference struct {
	Chunk     int
	Singles   int // phases of the first kind
	Buffers   []Images
	Bytes     int64
	Workspace int // float32 values, for convolutions
}

// Images is the memory of tensors of a chunk of images that share it. Offset is in bytes.
type Images struct {
	Buffer
	Offset int64
}

// ImageTensor is that of the images, once passes have grouped the operations into phases.
func (g *Graph) ImageTensor() *Tensor { return g.Phases[0].Ops[0].Out }

// Capacity is the most images that a call takes.
func (g *Graph) Capacity() int { return max(g.Batch, g.EvalBatch) }

// NewTensor adds a tensor.
func (g *Graph) NewTensor(unit, field, role string, shape Shape) *Tensor {
	t := &Tensor{Unit: unit, Field: field, Role: role, Shape: shape, Offset: -1, Slot: -1}
	g.Tensors = append(g.Tensors, t)
	return t
}

// Add appends an operation.
func (g *Graph) Add(op *Op) { g.Ops = append(g.Ops, op) }

// KeepForward keeps the operations as they are now, as the forward pass.
func (g *Graph) KeepForward() {
	for _, op := range g.Ops {
		kept := *op
		kept.In = slices.Clone(op.In)
		g.Forward = append(g.Forward, &kept)
	}
}

// AllOps yields every operation in order, grouped into phases or not yet.
func (g *Graph) AllOps() iter.Seq[*Op] {
	if g.Phases == nil {
		return slices.Values(g.Ops)
	}
	return func(yield func(*Op) bool) {
		for _, p := range g.Phases {
			for _, ops := range [...][]*Op{p.Ops, p.Finish} {
				for _, op := range ops {
					if !yield(op) {
						return
					}
				}
			}
		}
	}
}

// Pass is which part of a step an operation or phase belongs to.
type Pass string

// The parts of a training step, in order.
const (
	Pack     Pass = "pack"
	Forward  Pass = "forward"
	Backward Pass = "backward"
	Update   Pass = "update"

	Recompute Pass = "recompute" // of activations that the backward pass did not keep
)

// Phase is what all workers do between two barriers: Ops for each image, then Finish once.
type Phase struct {
	Name   string // the layer's
	Pass   Pass
	Ops    []*Op
	Finish []*Op
}

// Transforms reports whether the phase ends in products of the whole batch: the layer's next phase
// goes on with them.
func (p *Phase) Transforms() bool {
	return slices.ContainsFunc(p.Finish, func(op *Op) bool { return op.Kind.info().transforms })
}

// FLOPs counts the phase's convolutions, two a multiply-accumulate, of one image: as direct
// convolutions, padding included.
func (p *Phase) FLOPs() int64 { return 2 * p.convolutions((*Conv).MACs) }

// Products counts the operations of the products that the algorithms take in place of FLOPs.
func (p *Phase) Products() int64 { return 2 * p.convolutions((*Conv).products) }

// Transformed counts the elements of Winograd's transforms of one image, those of planes.
func (p *Phase) Transformed() (n int64) {
	for _, op := range p.Ops {
		switch {
		case op.Kind.info().planes != nil:
			n += op.planeElements()
		case op.Conv != nil && op.Conv.Algorithm == Winograd:
			n += op.Conv.planes(op.Conv.In.C) + op.Conv.planes(op.Conv.Out.C)
		}
	}
	return n
}

func (p *Phase) convolutions(count func(*Conv) int64) (n int64) {
	for _, op := range append(p.Ops[:len(p.Ops):len(p.Ops)], p.Finish...) {
		if op.Kind.info().products {
			n += count(op.Conv)
		}
	}
	return n
}

// Plan is where everything lies. Offsets are in bytes.
type Plan struct {
	Size, Values, Gradients    int64
	Slots                      []Slot // what the optimizer keeps
	Elements, Weights, Decayed int
	Partials                   int64
	PartialLen                 int
	Kept                       int64
	KeptLen                    int
	Sums                       int64
	Channels                   int
	Loss                       int64
	Transforms                 int64    // of convolutions by WinogradBatch
	Transform                  int      // elements of one
	Buffers                    []Buffer // worker scratch
	Workspace                  int      // elements of a worker's workspace for Winograd's convolutions
	ScratchBytes               int64
	Activations                int64 // first byte of the tensors
	Peak, LowerBound           int64 // bytes of the tensors: planned, and the largest live set
	Regions                    []Region
}

// Slot places what the optimizer keeps of the trainable variables.
type Slot struct {
	abi.Slot
	Offset int64
}

// Region is a part of the arena.
type Region struct {
	Name          string
	Tensor        *Tensor // nil: the region is kept from step to step
	Bytes, Offset int64
	First, Last   int // of the phases, those between which the tensor lives
}

// Buffer is memory for one image of a tensor: a worker's scratch, or a part of a chunk's
// activations.
type Buffer struct {
	Shape  Shape
	Layout Layout
	Slot   int  // which of those of this shape and layout
	Single bool // in an inference: of one image of a chunk at a time
}

// Len returns the elements of the buffer.
func (b Buffer) Len() int { return b.Layout.Stored(b.Shape).Len() }

// Unaligned returns 1 if the buffer does not fill whole cache lines, else 0.
func (b Buffer) Unaligned() int { return min(b.Len()%(abi.Align/abi.Float32Bytes), 1) }

// Capitalize makes a name the end of a longer one: bn2 → BN2, sub1 → Sub1.
func Capitalize(name string) string {
	if rest, ok := strings.CutPrefix(name, "bn"); ok {
		return "BN" + rest
	}
	return string(name[0]-'a'+'A') + name[1:]
}
