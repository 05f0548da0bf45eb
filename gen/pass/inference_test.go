package pass

import (
	"testing"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// postActivation is a residual unit whose last norm stands before the sum, between a tensor and a
// convolution that reads what the unit makes.
type postActivation struct {
	g                          *ir.Graph
	x, y, z, out, a            *ir.Tensor
	norm                       *ir.Norm
	conv, next                 *ir.Conv
	normalize, sum, activation *ir.Op
}

func newPostActivation() *postActivation {
	g, shape := &ir.Graph{}, ir.Shape{H: 4, W: 4, C: 1}
	tensor := func(field string) *ir.Tensor { return g.NewTensor("unit_1_0", field, field, shape) }
	newConv := func(field string) *ir.Conv {
		return &ir.Conv{
			Unit: "unit_1_0", Field: field, Kernel: 3, Stride: 1, In: shape, Out: shape,
			Weights: &ir.Variable{Name: field + "/DW", Shape: []int{3, 3, 1, 1}}, Algorithm: ir.Direct,
		}
	}
	u := &postActivation{
		g: g, x: tensor("x"), y: tensor("y"), z: tensor("z"), out: tensor("out"), a: tensor("a"),
		norm: &ir.Norm{Unit: "unit_1_0", Field: "bn", Shape: shape}, conv: newConv("conv"), next: newConv("next"),
	}
	u.normalize = &ir.Op{Kind: ir.OpNormalize, Pass: ir.Forward, In: []*ir.Tensor{u.y}, Out: u.z, Norm: u.norm}
	u.sum = &ir.Op{Kind: ir.OpAdd, Pass: ir.Forward, In: []*ir.Tensor{u.z, u.x}, Out: u.out}
	u.activation = &ir.Op{Kind: ir.OpActivate, Pass: ir.Forward, In: []*ir.Tensor{u.out}, Out: u.a}
	g.Ops = []*ir.Op{
		{Kind: ir.OpImage, Pass: ir.Forward, Out: u.x},
		{Kind: ir.OpConv, Pass: ir.Forward, Layer: "unit_1_0/sub", In: []*ir.Tensor{u.x}, Out: u.y, Conv: u.conv},
		u.normalize, u.sum, u.activation,
	}
	return u
}

func (u *postActivation) run(t *testing.T, passes ...Pass) {
	t.Helper()
	if err := Run(passes, u.g, func(string, *ir.Graph) {}); err != nil {
		t.Fatal(err)
	}
}

// TestFoldBehindSum holds that a norm between a convolution and a sum is folded, with its shift
// behind the sum, and that one epilogue does the rest.
func TestFoldBehindSum(t *testing.T) {
	u := newPostActivation()
	u.g.Logits = u.g.NewTensor("logit", "logits", "z", u.a.Shape)
	u.g.Add(&ir.Op{Kind: ir.OpConv, Pass: ir.Forward, In: []*ir.Tensor{u.a}, Out: u.g.Logits, Conv: u.next})
	u.run(t, Pass{Name: "fold", Run: fold})
	if u.norm.Folded != u.conv {
		t.Errorf("got the norm folded into %v, want into the convolution", u.norm.Folded)
	}
	if len(u.g.Ops) != 5 || u.sum.In[0] != u.y || u.activation.Kind != ir.OpNormActivate || u.activation.Norm != u.norm {
		t.Errorf("got no norm behind the sum of convolution and shortcut:\n%s", u.g)
	}
	u.run(t, Pass{Name: "epilogue", Run: epilogues})
	ops := u.g.Phases[0].Ops
	last := ops[len(ops)-2] // before the convolution that makes the logits
	if last.Kind != ir.OpEpilogue || last.Norm != u.norm || last.In[1] != u.x || last.Also != nil {
		t.Errorf("got %s, want the epilogue that adds the shortcut and the shift:\n%s", last, u.g)
	}
}

// TestFoldReadTwice holds that a norm stays where something else reads what lies between the
// convolution and the activation.
func TestFoldReadTwice(t *testing.T) {
	for name, between := range map[string]func(*postActivation) *ir.Tensor{
		"the convolution": func(u *postActivation) *ir.Tensor { return u.y },
		"the norm":        func(u *postActivation) *ir.Tensor { return u.z },
		"the sum":         func(u *postActivation) *ir.Tensor { return u.out },
	} {
		u := newPostActivation()
		again := u.g.NewTensor("unit_1_1", "out", "y", u.a.Shape)
		u.g.Add(&ir.Op{Kind: ir.OpAdd, Pass: ir.Forward, In: []*ir.Tensor{u.a, between(u)}, Out: again})
		u.run(t, Pass{Name: "fold", Run: fold})
		if u.norm.Folded != nil || len(u.g.Ops) != 6 || u.sum.In[0] != u.z || u.activation.Kind != ir.OpActivate {
			t.Errorf("%s: got it folded though it is read twice:\n%s", name, u.g)
		}
	}
}
