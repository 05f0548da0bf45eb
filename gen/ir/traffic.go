package ir

import "github.com/resnetgen/resnetgen/runtime/abi"

// Traffic counts the bytes of a phase between memory and the cores. A phase visits each image once,
// and has it in its caches from then on. So tensors of the batch count once a phase, and weights
// once a batch. Small data (coefficients of norms, sums) is left out. So are the contents of the
// caches after the phase before.
type Traffic struct {
	Image int64 // for each image
	Batch int64 // once
}

// Traffic counts a phase's.
func (g *Graph) Traffic(p *Phase) Traffic {
	t := Traffic{Image: p.tensorElements()}
	for _, op := range append(p.Ops[:len(p.Ops):len(p.Ops)], p.Finish...) {
		t.Image += op.planeElements()
		t.Batch += op.weightElements()
	}
	switch p.Pass {
	case Pack:
		t.Batch += g.packElements()
	case Update:
		t.Batch += g.updateElements()
	}
	t.Image *= abi.Float32Bytes
	t.Batch *= abi.Float32Bytes
	return t
}

// tensorElements counts one image of each tensor in the arena: once if it is read before the phase
// has written it, and once if it is written; and the network's input.
func (p *Phase) tensorElements() (n int64) {
	read, written := map[*Tensor]bool{}, map[*Tensor]bool{}
	for _, op := range p.Ops {
		if op.Kind == OpImage {
			n += int64(op.Out.Shape.Len())
		}
		for _, t := range op.In {
			if t.Storage == Arena && !read[t] && !written[t] {
				read[t] = true
				n += int64(t.Shape.Len())
			}
		}
		for _, t := range op.Outs() {
			if t.Storage == Arena && !written[t] {
				written[t] = true
				n += int64(t.Shape.Len())
			}
		}
	}
	return n
}

// planeElements counts one image's part of the transformed tensors of a WinogradBatch convolution,
// and of what is kept for a sum over the batch.
func (op *Op) planeElements() int64 {
	switch planes := op.Kind.info().planes; {
	case planes != nil:
		return planes(op.Conv)
	case op.Kind == OpConvWeights && op.Conv.SumsBatch:
		return 2 * int64(op.Conv.KeptLen()) // written, and read at the end
	}
	return 0
}

// planes is the elements of an image's transform by Winograd, of the given channels.
func (c *Conv) planes(channels int) int64 {
	return abi.WinogradPlanes * int64(abi.WinogradTiles(c.Out.H)*abi.WinogradTiles(c.Out.W)*channels)
}

// weightElements counts the packed weights read and the groups' gradients written. Where the groups
// are combined, it counts these gradients again, the weights (for their decay) and the gradient.
func (op *Op) weightElements() int64 {
	if weights := op.Kind.info().weights; weights != nil {
		return weights(op)
	}
	return 0
}

// packElements counts the weights, read for each packed form and for the sum of their squares, and
// those forms.
func (g *Graph) packElements() (n int64) {
	for _, c := range g.Convs {
		weights := int64(c.Weights.Len())
		n += weights + int64(c.ForwardLen)
		if c.InputGradient {
			n += weights + int64(c.BackwardLen)
		}
	}
	return n + int64(g.Plan.Decayed)
}

// updateElements counts each variable and its gradient read and the variable written, and what the
// optimizer keeps read and written.
func (g *Graph) updateElements() int64 {
	return int64((3 + 2*len(g.Optimizer.Slots)) * g.Plan.Elements)
}
