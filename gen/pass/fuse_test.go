package pass

import (
	"testing"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// TestFuse holds that a normalization and an activation are joined where nothing else reads what is
// between them.
func TestFuse(t *testing.T) {
	for name, reread := range map[string]bool{"read once": false, "read twice": true} {
		g := &ir.Graph{}
		shape := ir.Shape{H: 2, W: 2, C: 1}
		n := &ir.Norm{Unit: "init", Field: "bn", Shape: shape}
		x, z, a := g.NewTensor("init", "x", "x", shape), g.NewTensor("init", "z", "z", shape), g.NewTensor("init", "a", "a", shape)
		g.Add(&ir.Op{Kind: ir.OpImage, Out: x})
		g.Add(&ir.Op{Kind: ir.OpNormalize, In: []*ir.Tensor{x}, Out: z, Norm: n})
		g.Add(&ir.Op{Kind: ir.OpActivate, In: []*ir.Tensor{z}, Out: a})
		want := 2
		if reread {
			g.Add(&ir.Op{Kind: ir.OpAdd, In: []*ir.Tensor{a, z}, Out: g.NewTensor("init", "sum", "y", shape)})
			want = 4
		}
		if err := Run([]Pass{{Name: "fuse", Run: fuse}}, g, func(string, *ir.Graph) {}); err != nil {
			t.Fatal(err)
		}
		if len(g.Ops) != want {
			t.Errorf("%s: got %d operations, want %d\n%s", name, len(g.Ops), want, g)
		}
		if last := g.Ops[len(g.Ops)-1]; !reread && (last.Kind != ir.OpNormActivate || last.In[0] != x || last.Norm != n) {
			t.Errorf("%s: got %s, want the joined operation on x", name, last)
		}
	}
}
