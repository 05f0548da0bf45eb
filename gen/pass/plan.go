package pass

import (
	"cmp"
	"slices"

	"github.com/resnetgen/resnetgen/gen/ir"
	"github.com/resnetgen/resnetgen/runtime/abi"
)

// plan places everything in one arena, in this order: trainable variables (the weights first),
// their gradients and what the optimizer keeps in the same order, moving averages, packed weights,
// transforms of the batch, coefficients of the norms, sums, the groups' partial gradients, what is
// kept for gradients of weights, losses, tensors. Tensors that are not alive in the same phase may
// share memory; so may scratch buffers, within a phase.
func plan(g *ir.Graph) error {
	p := &planner{g: g}
	p.variables()
	p.packed()
	p.norms()
	p.partials()
	g.Plan.Loss = p.bytes(int64(g.Capacity()) * 8)
	p.bytes(int64(g.Capacity()) * abi.Float32Bytes)
	p.region("losses")
	if n := p.g.Plan.Transform; n > 0 {
		p.g.Plan.Transforms = p.floats(4*n + abi.Groups*abi.WinogradBlockMemory)
		p.region("transforms of the batch")
	}
	p.tensors()
	p.scratch()
	g.Plan.Size = p.size
	return nil
}

type planner struct {
	g     *ir.Graph
	size  int64
	named int64 // bytes that have been given to regions
}

// bytes reserves n bytes on a boundary of abi.Align and returns their offset.
func (p *planner) bytes(n int64) int64 {
	at := p.size
	p.size = abi.Aligned(at + n)
	return at
}

func (p *planner) floats(n int) int64 { return p.bytes(int64(n) * abi.Float32Bytes) }

// region names what has been reserved since the last region.
func (p *planner) region(name string) {
	from := p.named
	p.named = p.size
	p.g.Plan.Regions = append(p.g.Plan.Regions, ir.Region{Name: name, Offset: from, Bytes: p.size - from})
}

// variables lays the trainable variables out, each on a boundary, and repeats the layout for
// gradients and what the optimizer keeps.
func (p *planner) variables() {
	plan := &p.g.Plan
	place := func(weights bool) {
		for _, v := range p.g.Variables {
			if v.Trainable && v.IsWeight() == weights {
				v.Offset = p.floats(v.Len())
				if v.Decayed {
					plan.Decayed = int(p.size / abi.Float32Bytes)
				}
			}
		}
	}
	plan.Values = 0
	place(true)
	plan.Weights = int(p.size / abi.Float32Bytes)
	place(false)
	slab := p.size
	plan.Elements = int(slab / abi.Float32Bytes)
	p.region("variables")
	plan.Gradients = p.bytes(slab)
	p.region("gradients")
	for _, s := range p.g.Optimizer.Slots {
		plan.Slots = append(plan.Slots, ir.Slot{Slot: s, Offset: p.bytes(slab)})
		p.region(s.Description)
	}
	for _, v := range p.g.Variables {
		if !v.Trainable {
			v.Offset = p.floats(v.Len())
		}
	}
	p.region("moving averages")
}

// packed places the weights as the kernels read them: blocks of abi.PackChannels output channels
// for the forward pass, of as many input channels for the backward pass.
func (p *planner) packed() {
	for _, c := range p.g.Convs {
		packed := func(from, to int) int { return padded(to) * from * c.Kernel * c.Kernel }
		switch c.Algorithm {
		case ir.WinogradBatch:
			packed = abi.WinogradWeights
			p.g.Plan.Transform = max(p.g.Plan.Transform, abi.WinogradTransform(c.Out.H, c.Out.W, p.g.Capacity(), c.In.C, c.Out.C))
			p.workspace(abi.WinogradPadded(c.Out.H, c.Out.W, max(c.In.C, c.Out.C)))
		case ir.Winograd:
			packed = abi.WinogradWeights
			p.workspace(abi.WinogradWorkspace(c.Out.H, c.Out.W, c.In.C, c.Out.C))
		}
		c.ForwardLen = packed(c.In.C, c.Out.C)
		c.Forward = p.floats(c.ForwardLen)
		if c.InputGradient {
			c.BackwardLen = packed(c.Out.C, c.In.C)
			c.Backward = p.floats(c.BackwardLen)
		}
	}
	p.region("packed weights")
}

// workspace makes room for so many elements in each worker's workspace.
func (p *planner) workspace(elements int) {
	p.g.Plan.Workspace = max(p.g.Plan.Workspace, padded(elements))
}

// padded rounds up to whole blocks of channels, which are whole cache lines.
func padded(channels int) int {
	return (channels + abi.PackChannels - 1) / abi.PackChannels * abi.PackChannels
}

func (p *planner) norms() {
	for _, n := range p.g.Norms {
		n.Coefficients = p.floats(abi.NormCoefficients * n.Shape.C)
		p.g.Plan.Channels = max(p.g.Plan.Channels, n.Shape.C)
	}
	p.region("coefficients of norms")
	values := abi.Groups * int64(p.g.Plan.Channels)
	p.g.Plan.Sums = p.bytes(2 * values * 8)
	p.bytes(abi.PixelSums * values * abi.Float32Bytes)
	p.region("sums of norms")
}

// partials gives each gradient of a phase its place in a group's partial gradients, or what is kept
// for it its place; phases share them.
func (p *planner) partials() {
	const line = abi.Align / abi.Float32Bytes
	for _, phase := range p.g.Phases {
		next, kept := 0, 0
		for _, op := range phase.Ops {
			v := op.Partial()
			if v == nil {
				if op.Kind == ir.OpConvWeights && op.Conv.SumsBatch {
					op.Conv.Kept = kept
					kept += padded(p.g.Capacity() * op.Conv.KeptLen())
				}
				continue
			}
			if op.Bias != nil {
				op.Bias.Partial = next
			} else {
				op.Conv.Partial = next
			}
			next += (v.Len() + line - 1) / line * line
		}
		p.g.Plan.PartialLen, p.g.Plan.KeptLen = max(p.g.Plan.PartialLen, next), max(p.g.Plan.KeptLen, kept)
	}
	p.g.Plan.Partials = p.floats(abi.Groups * p.g.Plan.PartialLen)
	p.region("gradients of groups")
	if n := p.g.Plan.KeptLen; n > 0 {
		p.g.Plan.Kept = p.floats(n + abi.Groups*abi.WeightBlockMemory)
		p.region("kept for gradients of weights")
	}
}

// life is a tensor's first and last phase, and its bytes for a whole batch.
type life struct {
	t           *ir.Tensor
	first, last int
	size        int64
}

// tensors places the arena's tensors: the largest first, each at the lowest offset that is free
// while it lives.
func (p *planner) tensors() {
	lives := p.lives()
	byFirstUse := slices.Clone(lives)
	slices.SortStableFunc(lives, func(a, b life) int { return cmp.Compare(b.size, a.size) })
	base, end := p.size, p.size
	taken := newOccupancy(len(p.g.Phases) + 1)
	for _, l := range lives {
		l.t.Offset = base + taken.place(l.first, l.last, l.size)
		end = max(end, l.t.Offset+l.size)
	}
	p.g.Plan.Activations, p.g.Plan.Peak, p.g.Plan.LowerBound = base, end-base, largestLiveSet(lives, len(p.g.Phases))
	p.size = end
	for _, l := range byFirstUse {
		p.g.Plan.Regions = append(p.g.Plan.Regions, ir.Region{
			Name: l.t.Name(), Tensor: l.t, Bytes: l.size, Offset: l.t.Offset, First: l.first, Last: min(l.last, len(p.g.Phases)-1),
		})
	}
}

func (p *planner) lives() []life {
	index := map[*ir.Tensor]int{}
	var lives []life
	for i, phase := range p.g.Phases {
		for _, op := range phase.Ops {
			for t := range op.Tensors() {
				if t.Storage != ir.Arena {
					continue
				}
				if _, ok := index[t]; !ok {
					index[t] = len(lives)
					size := abi.Aligned(int64(p.g.Capacity()) * int64(t.Shape.Len()) * abi.Float32Bytes)
					lives = append(lives, life{t: t, first: i, size: size})
				}
				lives[index[t]].last = i
			}
		}
	}
	if i, ok := index[p.g.Logits]; ok {
		lives[i].last = len(p.g.Phases) // the caller reads them
	}
	return lives
}

func largestLiveSet(lives []life, phases int) int64 {
	change := make([]int64, phases+2)
	for _, l := range lives {
		change[l.first] += l.size
		change[l.last+1] -= l.size
	}
	most, now := int64(0), int64(0)
	for _, c := range change {
		now += c
		most = max(most, now)
	}
	return most
}

// scratch numbers the buffers of each shape that a phase needs at one time. Buffers with a halo are
// shared by tensors of their very shape only, so that the halo's zeros stay.
func (p *planner) scratch() {
	p.g.Plan.ScratchBytes = abi.Aligned(int64(p.g.Plan.Workspace) * abi.Float32Bytes)
	seen := map[ir.Buffer]bool{}
	for _, phase := range p.g.Phases {
		last := map[*ir.Tensor]int{}
		for i, op := range phase.Ops {
			for t := range op.Tensors() {
				if t.Storage == ir.Scratch {
					last[t] = i
				}
			}
		}
		busy := map[ir.Buffer]int{} // until which operation
		for i, op := range phase.Ops {
			for _, t := range op.Outs() {
				if t.Storage != ir.Scratch || op.Accumulates() {
					continue
				}
				t.Slot = p.slot(t, busy, i, last[t], seen)
			}
		}
	}
}

// slot returns the number of a buffer that is free at operation i, and keeps it busy until another.
func (p *planner) slot(t *ir.Tensor, busy map[ir.Buffer]int, i, last int, seen map[ir.Buffer]bool) int {
	b := ir.Buffer{Shape: t.Shape, Layout: t.Layout}
	for ; ; b.Slot++ {
		if until, ok := busy[b]; !ok || until < i {
			break
		}
	}
	busy[b] = last
	if !seen[b] {
		seen[b] = true
		p.g.Plan.Buffers = append(p.g.Plan.Buffers, b)
		p.g.Plan.ScratchBytes += abi.Aligned(int64(b.Len()) * abi.Float32Bytes)
	}
	return b.Slot
}
