package pass

import (
	"slices"

	"github.com/resnetgen/resnetgen/gen/ir"
	"github.com/resnetgen/resnetgen/runtime/abi"
)

// merge joins operations that visit the same image one after the other, so that each tensor of the batch is written
// once, in order, by the last of them:
//
//	out = conv; out += x; moments of out    becomes  y = conv (scratch); out = y + x, counted
//	d = norm gradient; d += e; halo of d    becomes  d and its halo = norm gradient + e
//
// and lets those that write large tensors write past the caches.
func merge(g *ir.Graph) error {
	for _, p := range g.Phases {
		p.Ops = mergeGradients(mergeStores(g, p.Ops))
		for i, op := range p.Ops {
			op.Stream = streams(op) && bytes(g, op.Out) >= streamBytes && !read(op.Out, p.Ops[i+1:])
		}
	}
	return nil
}

// streamBytes is the size of a batch's tensor that is not kept in the caches until it is read. Measured on a Zen 4 with
// 1 MiB of L2 a core and 32 MiB of L3, of ResNet-32's shapes.
const streamBytes = 1 << 22

func bytes(g *ir.Graph, t *ir.Tensor) int {
	return g.Capacity() * t.Shape.Len() * abi.Float32Bytes
}

// read reports whether one of the operations reads the tensor.
func read(t *ir.Tensor, ops []*ir.Op) bool {
	return slices.ContainsFunc(ops, func(op *ir.Op) bool { return slices.Contains(op.In, t) })
}

// streams reports whether the operation can write past the caches, into the arena.
func streams(op *ir.Op) bool {
	return op.Kind.Streams() && op.Out.Storage == ir.Arena
}

// mergeStores lets convolutions write to scratch, and what counts their moments store.
func mergeStores(g *ir.Graph, ops []*ir.Op) []*ir.Op {
	var merged []*ir.Op
	for i := 0; i < len(ops); i++ {
		n := storedBy(ops[i:])
		if n == 0 {
			merged = append(merged, ops[i])
			continue
		}
		merged = append(merged, throughScratch(g, ops[i:i+n])...)
		i += n - 1
	}
	return merged
}

// storedBy returns how many operations, from a convolution on, end in the moments of what it makes: 0 if they do not.
// Between them are only sums into it, and what makes their other operands.
func storedBy(ops []*ir.Op) int {
	if !(ops[0].Kind == ir.OpConv || ops[0].Kind == ir.OpBatchOutput) || ops[0].Out.Storage != ir.Arena {
		return 0
	}
	t := ops[0].Out
	for i, op := range ops[1:] {
		switch {
		case op.Kind == ir.OpMoments && op.In[0] == t:
			return i + 2
		case (op.Kind == ir.OpAdd || op.Kind == ir.OpPoolAdd) && op.Out == t:
		case slices.Contains(op.In, t) || op.Out == t:
			return 0
		}
	}
	return 0
}

// throughScratch rewrites such a run.
func throughScratch(g *ir.Graph, ops []*ir.Op) []*ir.Op {
	t, moments := ops[0].Out, ops[len(ops)-1]
	y := g.NewTensor(t.Unit, "y"+ir.Capital(t.Field), t.Role, t.Shape)
	y.Storage = ir.Scratch
	end := &ir.Op{Kind: ir.OpStore, Pass: moments.Pass, Layer: moments.Layer, In: []*ir.Tensor{y}, Out: t, Norm: moments.Norm}
	run := slices.Clone(ops[:len(ops)-1])
	if last := run[len(run)-1]; last.Kind == ir.OpAdd && last.Out == t {
		end.Kind, end.In = ir.OpStoreSum, append(end.In, last.In[1])
		run = run[:len(run)-1]
	}
	for _, op := range run {
		if op.Out == t {
			op.Out = y
		}
		if op.Accumulates() && op.In[0] == t {
			op.In[0] = y
		}
	}
	return append(run, end)
}

// mergeGradients joins a norm's gradient, the sum into it and, if there is one, its copy in a halo.
func mergeGradients(ops []*ir.Op) []*ir.Op {
	var merged []*ir.Op
	for i := 0; i < len(ops); i++ {
		op := ops[i]
		if !(i+1 < len(ops) && op.Kind == ir.OpNormGradient && op.Out.Storage == ir.Arena && ops[i+1].Kind == ir.OpAdd && ops[i+1].Out == op.Out) {
			merged = append(merged, op)
			continue
		}
		joined := *op
		joined.Kind, joined.In = ir.OpNormGradientSum, append(slices.Clone(op.In), ops[i+1].In[1])
		merged = append(merged, &joined)
		i++
		if at := haloOf(op.Out, ops[i+1:]); at >= 0 {
			joined.Also = ops[i+1+at].Out
			merged = append(merged, ops[i+1:i+1+at]...)
			i += 1 + at
		}
	}
	return merged
}

// haloOf returns where the tensor is copied into a halo, before anything else that changes it; -1 if nowhere.
func haloOf(t *ir.Tensor, ops []*ir.Op) int {
	for i, op := range ops {
		if op.Kind == ir.OpHalo && op.In[0] == t {
			return i
		}
		if op.Out == t {
			return -1
		}
	}
	return -1
}
