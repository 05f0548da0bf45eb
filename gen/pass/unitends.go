package pass

import (
	"slices"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// mergeUnitEnds joins the operations at the end of a unit that activates its sum, of both passes:
//
//	z = norm(x); s = z + e; a = leaky(s); halo of a    becomes  a and its halo = leaky(norm(x) + e)
//	d += e; ds = d · leaky'(a); sums of ds             becomes  ds = (d + e) · leaky'(a), counted
//
// In the first, e may be another norm's output: then that norm is joined, too.
func mergeUnitEnds(ops []*ir.Op) []*ir.Op {
	u := &unitEnds{ops: ops, makers: map[*ir.Tensor]*ir.Op{}, joined: map[*ir.Op]bool{}}
	for i, op := range ops {
		switch op.Kind {
		case ir.OpActivate:
			u.activation(op, ops[i+1:])
		case ir.OpActivationGradient:
			u.gradient(op, ops[i+1:])
		}
		if op.Out != nil {
			u.makers[op.Out] = op
		}
	}
	return slices.DeleteFunc(slices.Clone(ops), func(op *ir.Op) bool { return u.joined[op] })
}

// unitEnds are a phase's operations while they are joined.
type unitEnds struct {
	ops    []*ir.Op
	makers map[*ir.Tensor]*ir.Op // the last operation that has written a tensor
	joined map[*ir.Op]bool       // another does their work
}

// sole returns the operation of a kind that made a tensor that only one operation reads; nil if
// another made it, or others read it.
func (u *unitEnds) sole(kind ir.Kind, t *ir.Tensor, reader *ir.Op) *ir.Op {
	maker := u.makers[t]
	others := func(op *ir.Op) bool { return op != reader && !op.Accumulates() && slices.Contains(op.In, t) }
	if maker == nil || maker.Kind != kind || t.Storage != ir.Scratch || slices.ContainsFunc(u.ops, others) {
		return nil
	}
	return maker
}

// activation joins what ends in the activation of a unit's sum. rest follows it.
func (u *unitEnds) activation(op *ir.Op, rest []*ir.Op) {
	sum := u.sole(ir.OpAdd, op.In[0], op)
	if sum == nil {
		return
	}
	norm := u.sole(ir.OpNormalize, sum.In[0], sum)
	if norm == nil {
		return
	}
	e := sum.In[1]
	if shortcut := u.sole(ir.OpNormalize, e, sum); shortcut != nil {
		op.ShortcutNorm, e = shortcut.Norm, shortcut.In[0]
		u.joined[shortcut] = true
	}
	op.Kind, op.Norm, op.In = ir.OpActivateSum, norm.Norm, []*ir.Tensor{norm.In[0], e}
	u.joined[sum], u.joined[norm] = true, true
	if at := haloOf(op.Out, rest); at >= 0 && rest[at].Out.Layout.Halo == 1 {
		op.SecondOut = rest[at].Out
		u.joined[rest[at]] = true
	}
}

// gradient joins the gradient of such a sum with a norm's sums of it, and with the last summand of
// the activation's. The biases of a projection without a norm may sum it before.
func (u *unitEnds) gradient(op *ir.Op, rest []*ir.Op) {
	for len(rest) > 0 && rest[0].Kind == ir.OpBiasGradient {
		rest = rest[1:]
	}
	if len(rest) == 0 || rest[0].Kind != ir.OpNormSums || rest[0].In[0] != op.Out {
		return
	}
	op.Kind, op.Norm, op.In = ir.OpActivateSumGradient, rest[0].Norm, append(slices.Clone(op.In), rest[0].In[1])
	u.joined[rest[0]] = true
	if last := u.sole(ir.OpAddTo, op.In[0], op); last != nil {
		op.In = append(op.In, last.In[1])
		u.joined[last] = true
	}
}
