package pass

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/gen/ir"
	"github.com/resnetgen/resnetgen/runtime/abi"
)

// drawSpec draws a spec of a small network of any form.
func drawSpec(t *rapid.T) string {
	stages := rapid.IntRange(1, 4).Draw(t, "stages")
	bottleneck := rapid.Bool().Draw(t, "bottleneck")
	stem := rapid.SampledFrom([]string{"{pool: none}", "{kernel: 7, pool: max}", "{kernel: 5, stride: 2, pool: none}"}).Draw(t, "stem's form")
	side := 24
	if !strings.Contains(stem, "none") || strings.Contains(stem, "stride") {
		side /= 2
	}
	filters := []int{4 * rapid.IntRange(1, 4).Draw(t, "stem")}
	var strides, units []int
	var activate []bool
	for range stages {
		filters = append(filters, filters[len(filters)-1]*rapid.IntRange(1, 2).Draw(t, "widening"))
		stride := rapid.SampledFrom([]int{1, 1, 2}).Draw(t, "stride")
		if side%2 != 0 {
			stride = 1
		}
		side /= stride
		strides = append(strides, stride)
		units = append(units, rapid.IntRange(1, 3).Draw(t, "units"))
		activate = append(activate, rapid.Bool().Draw(t, "activate"))
	}
	sum := 0
	for _, n := range units {
		sum += n
	}
	again := rapid.IntRange(0, sum-1).Draw(t, "recompute")
	unit := rapid.SampledFrom([]string{"pre-activation", "post-activation"}).Draw(t, "unit")
	if unit == "post-activation" {
		clear(activate)
	}
	form := fmt.Sprint(bottleneck)
	if bottleneck {
		form += "\nbottleneck_stride: " + rapid.SampledFrom([]string{"first", "middle"}).Draw(t, "bottleneck's stride")
	}
	shortcut := rapid.SampledFrom([]string{"average-pad", "subsample-pad", "projection", "projection-bn"}).Draw(t, "shortcut")
	list := func(v any) string { return strings.ReplaceAll(fmt.Sprint(v), " ", ", ") }
	return fmt.Sprintf(`name: drawn
input: {height: 24, width: 24, channels: %d}
classes: 10
filters: %s
strides: %s
units: %s
bottleneck: %s
unit: %s
shortcut: %s
stem: %s
padding: %s
bias: %v
activate_before_residual: %s
train: {batch: %d, recompute: %d, learning_rate: {schedule: constant, value: 0.1}}
eval: {batch: 3}
`, rapid.SampledFrom([]int{1, 3}).Draw(t, "channels"), list(filters), list(strides), list(units), form, unit, shortcut, stem,
		rapid.SampledFrom([]string{"same", "symmetric"}).Draw(t, "padding"), rapid.Bool().Draw(t, "bias"), list(activate),
		rapid.IntRange(1, 5).Draw(t, "batch"), again)
}

func compile(t fataler, text string) *ir.Graph {
	g := lowered(t, text)
	if err := Run(Training, g, func(string, *ir.Graph) {}); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return g
}

// use is the phases in which something is needed, and where it lies.
type use struct {
	name        string
	first, last int
	from, to    int64
}

func (u use) clashes(v use) bool {
	return u.first <= v.last && v.first <= u.last && u.from < v.to && v.from < u.to
}

// arenaUses lists the tensors in the arena from the operations alone.
func arenaUses(g *ir.Graph) []use {
	index := map[*ir.Tensor]int{}
	var uses []use
	for i, p := range g.Phases {
		for _, op := range p.Ops {
			for t := range op.Tensors() {
				if t.Storage != ir.Arena {
					continue
				}
				if _, ok := index[t]; !ok {
					index[t] = len(uses)
					bytes := int64(g.Capacity()) * int64(t.Shape.Len()) * abi.Float32Bytes
					uses = append(uses, use{t.Name(), i, i, t.Offset, t.Offset + bytes})
				}
				uses[index[t]].last = i
			}
		}
	}
	uses[index[g.Logits]].last = len(g.Phases)
	return uses
}

// TestPlanSeparates holds that no two tensors that live at one time share memory, in the arena or
// in scratch.
func TestPlanSeparates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := compile(t, drawSpec(t))
		uses := arenaUses(g)
		for i, u := range uses {
			if u.from < g.Plan.Activations || u.to > g.Plan.Size {
				t.Fatalf("%s: got bytes [%d, %d), want them in [%d, %d)", u.name, u.from, u.to, g.Plan.Activations, g.Plan.Size)
			}
			for _, v := range uses[:i] {
				if u.clashes(v) {
					t.Fatalf("%+v and %+v share memory", u, v)
				}
			}
		}
		if g.Plan.Peak < g.Plan.LowerBound {
			t.Fatalf("got a plan of %d bytes, below its lower bound %d", g.Plan.Peak, g.Plan.LowerBound)
		}
		for _, p := range g.Phases {
			checkScratch(t, p)
		}
	})
}

// TestPhaseNames holds that no two phases of a pass have one name, which those of the whole batch's
// products share: methods are called after phases. The last norm and the classifier are one there.
func TestPhaseNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := compile(t, drawSpec(t)+"algorithm: direct\n")
		taken := map[string]bool{}
		for _, p := range g.Phases {
			name := fmt.Sprint(strings.Replace(p.Name, "unit_last", "logit", 1), " ", p.Pass)
			if taken[name] {
				t.Fatalf("got two phases %s", name)
			}
			taken[name] = true
		}
	})
}

// checkScratch follows a phase's operations: what an operation reads must still be what was
// written.
func checkScratch(t *rapid.T, p *ir.Phase) {
	holds := map[ir.Buffer]*ir.Tensor{}
	for _, op := range p.Ops {
		for _, in := range op.In {
			if in.Storage == ir.Scratch && holds[in.Buffer()] != in {
				t.Fatalf("%s %s: %s reads %s, whose buffer holds another tensor", p.Name, p.Pass, op, in)
			}
		}
		for _, out := range op.Outs() {
			if out.Storage == ir.Scratch {
				holds[out.Buffer()] = out
			}
		}
	}
}

// TestPlanVariables holds that variables, gradients, momentum and packed weights lie apart.
func TestPlanVariables(t *testing.T) {
	g := compile(t, `name: net
input: {height: 8, width: 8, channels: 3}
classes: 10
filters: [8, 8, 16]
strides: [1, 2]
units: 1
activate_before_residual: [true, false]
`)
	var uses []use
	add := func(name string, from, bytes int64) { uses = append(uses, use{name, 0, 0, from, from + bytes}) }
	slab := int64(g.Plan.Elements) * abi.Float32Bytes
	for _, v := range g.Variables {
		bytes := int64(v.Len()) * abi.Float32Bytes
		if !v.Trainable {
			add(v.Name, v.Offset, bytes)
			continue
		}
		add(v.Name, g.Plan.Values+v.Offset, bytes)
		if decayed := v.Offset < int64(g.Plan.Decayed)*abi.Float32Bytes; decayed != v.Decayed {
			t.Errorf("%s: got among the decayed %v, want %v", v.Name, decayed, v.Decayed)
		}
	}
	add("gradients", g.Plan.Gradients, slab)
	for _, s := range g.Plan.Slots {
		add(s.Description, s.Offset, slab)
	}
	add("partials", g.Plan.Partials, int64(abi.Groups*g.Plan.PartialLen)*abi.Float32Bytes)
	for _, c := range g.Convs {
		add(c.Weights.Name+" forward", c.Forward, int64(c.ForwardLen)*abi.Float32Bytes)
		if c.InputGradient {
			add(c.Weights.Name+" backward", c.Backward, int64(c.BackwardLen)*abi.Float32Bytes)
		}
	}
	for i, u := range uses {
		for _, v := range uses[:i] {
			if u.clashes(v) {
				t.Errorf("%+v and %+v share memory", u, v)
			}
		}
	}
}

// TestFuseStoresNoActivation holds what recomputation is for.
func TestFuseStoresNoActivation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, p := range compile(t, drawSpec(t)).Phases {
			for _, op := range p.Ops {
				if op.Kind == ir.OpNormActivate && op.Out.Storage != ir.Scratch {
					t.Fatalf("%s %s: got %s in the arena, want it in scratch", p.Name, p.Pass, op.Out)
				}
			}
		}
	})
}

// TestDefects holds that what is wrong with the compiler is told with the pass.
func TestDefects(t *testing.T) {
	defer func() {
		if text := fmt.Sprint(recover()); text != "defect of the compiler in pass spoil: got 1, want 2" {
			t.Errorf("got %q, want the pass and what it said", text)
		}
	}()
	spoil := Pass{Name: "spoil", Run: func(*ir.Graph) error { panic("got 1, want 2") }}
	_ = Run([]Pass{spoil}, &ir.Graph{}, func(string, *ir.Graph) {})
}

// TestPassOrder holds the passes to the pairs of passOrder, and that each pass has one.
func TestPassOrder(t *testing.T) {
	named := map[string]bool{}
	for name, table := range map[string][]Pass{"training": Training, "inference": Inference} {
		at := map[string]int{}
		for i, p := range table {
			at[p.Name] = i
		}
		for _, o := range passOrder {
			first, has := at[o.first]
			then, both := at[o.then]
			if has && both && first >= then {
				t.Errorf("%s: got %s before %s: %s", name, o.then, o.first, o.because)
			}
			if has && both {
				named[name+o.first], named[name+o.then] = true, true
				named[o.first+o.then] = true
			}
		}
		for _, p := range table {
			if !named[name+p.Name] {
				t.Errorf("%s: pass %s: got no reason for its place in the order", name, p.Name)
			}
		}
	}
	for _, o := range passOrder {
		if !named[o.first+o.then] {
			t.Errorf("%s before %s: got no table that has both", o.first, o.then)
		}
	}
}

// TestPhasesHalo holds that a convolution of what is not made again reads a copy in a halo.
func TestPhasesHalo(t *testing.T) {
	g := &ir.Graph{}
	shape := ir.Shape{H: 4, W: 4, C: 1}
	image, sum, y := g.NewTensor("init", "image", "x", shape), g.NewTensor("init", "sum", "y", shape), g.NewTensor("init", "out", "y", shape)
	c := &ir.Conv{Kernel: 5, Stride: 1, In: shape, Out: shape, Weights: &ir.Variable{Name: "DW"}}
	g.Add(&ir.Op{Kind: ir.OpImage, Pass: ir.Forward, Out: image})
	g.Add(&ir.Op{Kind: ir.OpAdd, Pass: ir.Forward, In: []*ir.Tensor{image, image}, Out: sum})
	g.Add(&ir.Op{Kind: ir.OpConv, Pass: ir.Forward, In: []*ir.Tensor{sum}, Out: y, Conv: c})
	if err := Run([]Pass{{Name: "phases", Run: phases}}, g, func(string, *ir.Graph) {}); err != nil {
		t.Fatal(err)
	}
	ops := g.Phases[0].Ops
	if copied := ops[len(ops)-2]; copied.Kind != ir.OpHalo || copied.In[0] != sum || copied.Out.Layout != (ir.Layout{Halo: 2}) || ops[len(ops)-1].In[0] != copied.Out {
		t.Errorf("got no copy in a halo of two pixels before the convolution:\n%s", g)
	}
}
