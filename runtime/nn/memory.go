package nn

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/mem"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// Memory is a network's arena, with what all layers share. Offsets are in bytes.
type Memory struct {
	Arena *mem.Arena
	Plan  *Plan
	Sums  *Sums

	Transforms BatchTransforms
}

// Plan says where in the arena lies what all layers share.
type Plan struct {
	Size           int64
	Values         int64  // the trainable variables
	Gradients      int64  // in the same order
	Slots          []Slot // likewise
	Elements       int    // of each of these
	Weights        int    // of these, the first: those of the weights
	Decayed        int    // of these, the first that weight decay counts
	Partials       int64  // gradients of the groups
	PartialLen     int    // elements of one group
	Sums           int64
	Channels       int // of the widest norm
	Loss           int64
	Kept           int64 // for gradients of weights that are summed over the batch; then each worker's blocks
	KeptLen        int   // elements; 0: there are none
	Transforms     int64 // of the WinogradBatch convolutions: four, then a block for each worker
	Transform      int   // elements of one; 0: there are none
	Capacity       int   // images
	Epsilon        float64
	BNDecay        float64 // of batch norm's moving averages
	Unbiased       bool    // the moving averages take the unbiased variance
	Leak           float32
	LeakAtZero     bool // the derivative of the activation at 0 is Leak, not 1
	LabelSmoothing float64
}

// Slot places an optimizer slot of the trainable variables. Suffix ends its tensors' names.
type Slot struct {
	Suffix string
	Offset int64
}

// NewMemory reserves the arena of a plan.
func NewMemory(plan *Plan) *Memory {
	m := &Memory{Arena: mem.New(plan.Size), Plan: plan}
	n := 2 * abi.Groups * plan.Channels
	m.Sums = NewSums(mem.Slice[float64](m.Arena, plan.Sums, n), m.Floats(plan.Sums+int64(n)*8, f32.PixelSumsLen*abi.Groups*plan.Channels), plan.Channels)
	if n := plan.Transform; n > 0 {
		all := m.Floats(plan.Transforms, 4*n+abi.Groups*abi.WinogradBlockMemory)
		m.Transforms = BatchTransforms{
			Input: all[:n], GradientForWeights: all[n : 2*n], GradientForInput: all[2*n : 3*n], Product: all[3*n : 4*n],
			Blocks: all[4*n:],
		}
	}
	return m
}

// Floats returns n float32 values of the arena.
func (m *Memory) Floats(offset int64, n int) []float32 { return mem.Slice[float32](m.Arena, offset, n) }

// Parameters returns the network's trainable variables.
func (m *Memory) Parameters() Parameters {
	plan := m.Plan
	p := Parameters{Value: m.Floats(plan.Values, plan.Elements), Gradient: m.Floats(plan.Gradients, plan.Elements), Weights: plan.Weights, Decayed: plan.Decayed}
	for _, s := range plan.Slots {
		p.Slots = append(p.Slots, m.Floats(s.Offset, plan.Elements))
	}
	return p
}

// Loss returns the memory of a batch's losses.
func (m *Memory) Loss() Loss {
	n := m.Plan.Capacity
	return Loss{
		CrossEntropy:   mem.Slice[float64](m.Arena, m.Plan.Loss, n),
		Correct:        m.Floats(abi.Aligned(m.Plan.Loss+int64(n)*8), n),
		LabelSmoothing: m.Plan.LabelSmoothing,
	}
}

// WeightsPlan places the memory of a [Weights]. Value is its variable's offset among the trainable
// variables, Partial its first element in each group's partial gradients, if it has them.
type WeightsPlan struct {
	Len                     int
	Value                   int64
	Forward, Backward       int64
	ForwardLen, BackwardLen int // Backward is unused where BackwardLen is 0
	Partial                 int
	Kept, KeptLen           int // of what is kept instead of partial gradients: the first element, and how many
}

// Weights returns the memory of a convolution's or fully connected layer's kernel.
func (m *Memory) Weights(p WeightsPlan) Weights {
	w := Weights{
		Value:    m.Floats(m.Plan.Values+p.Value, p.Len),
		Gradient: m.Floats(m.Plan.Gradients+p.Value, p.Len),
		Forward:  m.Floats(p.Forward, p.ForwardLen),
		Backward: m.Floats(p.Backward, p.BackwardLen),
	}
	if p.KeptLen == 0 {
		w.Partials = m.Partials(p.Partial, p.Len)
		return w
	}
	kept := m.Floats(m.Plan.Kept, m.Plan.KeptLen+abi.Groups*abi.WeightBlockMemory)
	w.Kept, w.Blocks = kept[p.Kept:][:p.KeptLen], kept[m.Plan.KeptLen:]
	return w
}

// Bias returns the memory of n biases: value is their offset among the trainable variables, partial
// their first element in each group's partial gradients.
func (m *Memory) Bias(n int, value int64, partial int) Bias {
	return Bias{
		Value:    m.Floats(m.Plan.Values+value, n),
		Gradient: m.Floats(m.Plan.Gradients+value, n),
		Partials: m.Partials(partial, n),
	}
}

// Partials returns the memory of a gradient's groups.
func (m *Memory) Partials(first, n int) Partials {
	all := m.Floats(m.Plan.Partials, abi.Groups*m.Plan.PartialLen)
	return Partials{Memory: all[first:], Pitch: m.Plan.PartialLen, Len: n}
}

// NormPlan places the memory of a [Norm]: Gamma and Beta among the trainable variables, the moving
// averages and the coefficients in the arena.
type NormPlan struct {
	Height, Width, Channels    int
	Gamma, Beta                int64
	MovingMean, MovingVariance int64
	Coefficients               int64
}

// Norm returns a batch normalization in its memory.
func (m *Memory) Norm(p NormPlan) Norm {
	return Norm{
		Gamma: m.Floats(m.Plan.Values+p.Gamma, p.Channels), GammaGradient: m.Floats(m.Plan.Gradients+p.Gamma, p.Channels),
		Beta: m.Floats(m.Plan.Values+p.Beta, p.Channels), BetaGradient: m.Floats(m.Plan.Gradients+p.Beta, p.Channels),
		MovingMean: m.Floats(p.MovingMean, p.Channels), MovingVariance: m.Floats(p.MovingVariance, p.Channels),
		Coefficients: NewCoefficients(m.Floats(p.Coefficients, abi.NormCoefficients*p.Channels), p.Channels),
		Epsilon:      m.Plan.Epsilon, BNDecay: m.Plan.BNDecay, Unbiased: m.Plan.Unbiased, Leak: m.Plan.Leak, Edge: edge(m.Plan.LeakAtZero),
		Sums: m.Sums, Height: p.Height, Width: p.Width,
	}
}

// edge is that of the derivative of a leaky ReLU.
func edge(leakAtZero bool) float32 {
	if leakAtZero {
		return f32.LeakAtZero
	}
	return 0
}

// Variables pairs the descriptions of a network's variables with their memory. Offsets of trainable
// variables count from the first of them, those of moving averages from the start of the arena.
func (m *Memory) Variables(infos []network.VariableInfo, offsets []int64) []network.Variable {
	vs := make([]network.Variable, len(infos))
	for i, info := range infos {
		n := info.Elements()
		v := network.Variable{VariableInfo: info}
		if info.Trainable {
			v.Value = m.Floats(m.Plan.Values+offsets[i], n)
			v.Gradient = m.Floats(m.Plan.Gradients+offsets[i], n)
			for _, s := range m.Plan.Slots {
				v.Slots = append(v.Slots, network.Slot{Name: v.Name + s.Suffix, Value: m.Floats(s.Offset+offsets[i], n)})
			}
		} else {
			v.Value = m.Floats(offsets[i], n)
		}
		vs[i] = v
	}
	return vs
}
