package pass

import (
	"testing"

	"github.com/resnetgen/resnetgen/gen/ir"
	"github.com/resnetgen/resnetgen/gen/lower"
	"github.com/resnetgen/resnetgen/spec"
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
	if last.Kind != ir.OpEpilogue || last.Norm != u.norm || last.In[1] != u.x || last.SecondOut != nil {
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

// TestPoolOfShortcut holds that a pool read by a convolution has a phase of its own, also where a
// sum reads it, too. Its output stays without a border; the convolution reads a copy.
func TestPoolOfShortcut(t *testing.T) {
	net, err := spec.Parse("net.yaml", []byte("name: net\ninput: {height: 8, width: 8, channels: 3}\nclasses: 4\n"+
		"filters: [8, 8]\nstrides: [1]\nunits: 1\nstem: {pool: max}\nunit: post-activation\n"))
	if err != nil {
		t.Fatal(err)
	}
	g := lower.Lower(net)
	if err := Run(Inference, g, func(string, *ir.Graph) {}); err != nil {
		t.Fatal(err)
	}
	p := g.Phases[1]
	if p.Name != "init/pool" || len(p.Ops) != 2 || p.Ops[0].Kind != ir.OpMaxPool || p.Ops[1].Kind != ir.OpHalo {
		t.Fatalf("got the phases\n%s\nwant the pool's with a copy in a halo", g)
	}
	pool, halo := p.Ops[0].Out, p.Ops[1].Out
	conv, sum := g.Phases[2].Ops[0], g.Phases[3].Ops[0]
	if pool.Layout != ir.Plain || halo.Layout.Halo != 1 || conv.In[0] != halo || sum.In[1] != pool {
		t.Errorf("got the phases\n%s\nwant the convolution to read the copy, the sum the pool", g)
	}
}

// TestPoolOnMainPath holds that a pool that nothing adds has an inference phase of its own, behind
// that of the convolution that it reads, with what follows it in its epilogue.
func TestPoolOnMainPath(t *testing.T) {
	g, shape := &ir.Graph{}, ir.Shape{H: 4, W: 4, C: 1}
	small := ir.Shape{H: 2, W: 2, C: 1}
	x, y := g.NewTensor("init", "image", "x", shape), g.NewTensor("init", "conv", "y", shape)
	out, a := g.NewTensor("init", "out", "y", small), g.NewTensor("unit_1_0", "a", "a", small)
	g.Logits = g.NewTensor("logit", "logits", "z", small)
	newConv := func(shape ir.Shape) *ir.Conv {
		return &ir.Conv{
			Kernel: 3, Stride: 1, In: shape, Out: shape, Algorithm: ir.Direct,
			Weights: &ir.Variable{Name: "DW", Shape: []int{3, 3, 1, 1}},
		}
	}
	g.Ops = []*ir.Op{
		{Kind: ir.OpImage, Pass: ir.Forward, Layer: "init/init_conv", Out: x},
		{Kind: ir.OpConv, Pass: ir.Forward, Layer: "init/init_conv", In: []*ir.Tensor{x}, Out: y, Conv: newConv(shape)},
		{Kind: ir.OpPool, Pass: ir.Forward, Layer: "init/pool", In: []*ir.Tensor{y}, Out: out, Window: ir.Window{Kernel: 2, Stride: 2}},
		{Kind: ir.OpNormActivate, Pass: ir.Forward, Layer: "logit", In: []*ir.Tensor{out}, Out: a, Norm: &ir.Norm{Shape: small}},
		{Kind: ir.OpConv, Pass: ir.Forward, Layer: "logit", In: []*ir.Tensor{a}, Out: g.Logits, Conv: newConv(small)},
	}
	if err := Run([]Pass{{Name: "epilogue", Run: epilogues}}, g, func(string, *ir.Graph) {}); err != nil {
		t.Fatal(err)
	}
	if len(g.Phases) != 2 || g.Phases[0].Name != "init/init_conv" || g.Phases[1].Name != "init/pool" {
		t.Fatalf("got the phases\n%s\nwant the convolution's and the pool's", g)
	}
	pool, epilogue := g.Phases[1].Ops[0], g.Phases[1].Ops[1]
	if last := g.Phases[0].Ops[1]; last.Kind != ir.OpConv || last.Out != y || pool.In[0] != y || y.Layout != ir.Plain {
		t.Errorf("got the phases\n%s\nwant the pool to read what the convolution writes", g)
	}
	if epilogue.Kind != ir.OpEpilogue || epilogue.In[0] != pool.Out || epilogue.Out != a || a.Layout.Halo != 1 {
		t.Errorf("got the phases\n%s\nwant the activation of the pool's output in a halo", g)
	}
}
