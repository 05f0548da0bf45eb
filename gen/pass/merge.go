package pass

import (
	"slices"

	"github.com/resnetgen/resnetgen/gen/ir"
	"github.com/resnetgen/resnetgen/runtime/abi"
)

// merge joins operations that visit the same image one after the other. So the last of them writes
// each tensor of the batch once, in order:
//
//	out = conv; out += x; moments of out    becomes  y = conv (scratch); out = y + x, counted
//	d = norm gradient; d += e; halo of d    becomes  d and its halo = norm gradient + e
//
// and those at the end of a unit that activates its sum: see mergeUnitEnds. It lets those that
// write large tensors write past the caches.
func merge(g *ir.Graph) error {
	for _, p := range g.Phases {
		p.Ops = mergeGradients(mergeStores(g, mergeUnitEnds(p.Ops)))
		for i, op := range p.Ops {
			op.Stream = streams(op) && bytes(g, op.Out) >= streamBytes && !read(op.Out, p.Ops[i+1:])
		}
	}
	return nil
}

// streamBytes is the size of a batch's tensor that is not kept in the caches until it is read.
// Measured on a Zen 4 with 1 MiB of L2 a core and 32 MiB of L3, of ResNet-32's shapes.
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
	return op.Kind.CanStream() && op.Out.Storage == ir.Arena
}

// mergeStores lets convolutions write to scratch, and what counts their moments store.
func mergeStores(g *ir.Graph, ops []*ir.Op) []*ir.Op {
	makers := map[*ir.Tensor]*ir.Op{}
	var merged []*ir.Op
	for i := 0; i < len(ops); i++ {
		op := ops[i]
		if op.Out != nil && !op.Accumulates() {
			makers[op.Out] = op
		}
		counted := i+1 < len(ops) && ops[i+1].Kind == ir.OpMoments && ops[i+1].In[0] == op.Out && op.Out.Storage == ir.Arena
		switch {
		case op.Kind == ir.OpAdd && counted:
			merged = storeSum(merged, makers, op, ops[i+1])
			i++
		case op.Kind == ir.OpAdd && inPlace(op, makers, ops):
			merged = sumInPlace(merged, makers, op)
		case counted && (convolves(op) || op.Kind == ir.OpBias && convolves(makers[op.Out])):
			y := g.NewTensor(op.Out.Unit, "y"+ir.Capitalize(op.Out.Field), op.Out.Role, op.Out.Shape)
			y.Storage = ir.Scratch
			store := storing(ops[i+1], op.Out, y)
			merged = append(merged, op)
			writeTo(y, op.Out, merged)
			merged = append(merged, store)
			i++
		default:
			merged = append(merged, op)
		}
	}
	return merged
}

// convolves reports whether an operation makes the output of a convolution.
func convolves(op *ir.Op) bool {
	return op != nil && (op.Kind == ir.OpConv || op.Kind == ir.OpBatchOutput)
}

// writeTo lets a convolution, and the biases that are added to its output, write another tensor.
func writeTo(to, out *ir.Tensor, ops []*ir.Op) {
	for _, op := range ops {
		if op.Kind == ir.OpBias && op.Out == out {
			op.In[0] = to
		}
		if op.Out == out {
			op.Out = to
		}
	}
}

// storing is the operation that writes a tensor, made of others, and counts it in place of moments.
func storing(moments *ir.Op, out *ir.Tensor, of ...*ir.Tensor) *ir.Op {
	return &ir.Op{Kind: ir.OpStore, Pass: moments.Pass, Layer: moments.Layer, In: of, Out: out, Norm: moments.Norm}
}

// storeSum appends a sum whose moments are counted. A pool is added to the sum's other operand in
// place.
func storeSum(ops []*ir.Op, makers map[*ir.Tensor]*ir.Op, sum, moments *ir.Op) []*ir.Op {
	y := sum.In[0]
	if pool := makers[sum.In[1]]; pool != nil && pool.Kind == ir.OpPool {
		return append(without(ops, pool), poolAdd(sum, pool, y), storing(moments, sum.Out, y))
	}
	return append(ops, storing(moments, sum.Out, y, sum.In[1]))
}

// inPlace reports whether a sum's first operand can be made where the sum is to be: a convolution
// of this phase makes it, and the sum alone reads it.
func inPlace(sum *ir.Op, makers map[*ir.Tensor]*ir.Op, ops []*ir.Op) bool {
	y := sum.In[0]
	return convolves(makers[y]) && y.Storage == ir.Scratch && !slices.ContainsFunc(ops, func(op *ir.Op) bool {
		return op != sum && op.Kind != ir.OpBias && slices.Contains(op.In, y)
	})
}

// sumInPlace appends a sum whose moments are known, as in a recomputed segment. Its first operand
// is written where the sum is to be.
func sumInPlace(ops []*ir.Op, makers map[*ir.Tensor]*ir.Op, sum *ir.Op) []*ir.Op {
	out := sum.Out
	writeTo(out, sum.In[0], ops)
	if pool := makers[sum.In[1]]; pool != nil && pool.Kind == ir.OpPool {
		return append(without(ops, pool), poolAdd(sum, pool, out))
	}
	return append(ops, &ir.Op{Kind: ir.OpAddTo, Pass: sum.Pass, Layer: sum.Layer, In: []*ir.Tensor{out, sum.In[1]}, Out: out})
}

func poolAdd(sum, pool *ir.Op, to *ir.Tensor) *ir.Op {
	return &ir.Op{Kind: ir.OpPoolAdd, Pass: sum.Pass, Layer: sum.Layer, In: []*ir.Tensor{to, pool.In[0]}, Out: to, Window: pool.Window}
}

func without(ops []*ir.Op, op *ir.Op) []*ir.Op {
	return slices.DeleteFunc(ops, func(o *ir.Op) bool { return o == op })
}

// mergeGradients joins a norm's gradient, the sum into it and, if there is one, its copy in a halo.
func mergeGradients(ops []*ir.Op) []*ir.Op {
	var merged []*ir.Op
	for i := 0; i < len(ops); i++ {
		op := ops[i]
		if !(i+1 < len(ops) && op.Kind == ir.OpNormGradient && op.Out.Storage == ir.Arena && ops[i+1].Kind == ir.OpAddTo && ops[i+1].Out == op.Out) {
			merged = append(merged, op)
			continue
		}
		joined := *op
		joined.Kind, joined.In = ir.OpNormGradientSum, append(slices.Clone(op.In), ops[i+1].In[1])
		merged = append(merged, &joined)
		i++
		if at := haloOf(op.Out, ops[i+1:]); at >= 0 {
			joined.SecondOut = ops[i+1+at].Out
			merged = append(merged, ops[i+1:i+1+at]...)
			i += 1 + at
		}
	}
	return merged
}

// haloOf returns where the tensor is copied into a halo, before anything else that changes it; -1
// if nowhere.
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
