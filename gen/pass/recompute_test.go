package pass

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// TestRecomputeForgets holds that nothing within a segment, but for the last, lives from the
// forward to the backward pass, and that its output does.
func TestRecomputeForgets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := compile(t, drawSpec(t))
		if g.Recompute == 0 {
			return
		}
		segments := slices.Collect(slices.Chunk(g.Units, g.Recompute))
		again := slices.Concat(segments[:len(segments)-1]...)
		writtenBy, backward := map[*ir.Tensor]ir.Pass{}, map[*ir.Tensor]bool{}
		for _, p := range g.Phases {
			for _, op := range p.Ops {
				for _, in := range op.In {
					backward[in] = backward[in] || p.Pass == ir.Backward
				}
				for _, out := range op.Outs() {
					if writtenBy[out] == "" {
						writtenBy[out] = p.Pass
					}
				}
			}
		}
		for x, pass := range writtenBy {
			i := slices.Index(again, x.Unit)
			output := i >= 0 && (i+1)%g.Recompute == 0 && x.Field == "out"
			if i >= 0 && pass == ir.Forward && x.Storage == ir.Arena && backward[x] != output {
				t.Fatalf("%s: got read in the backward pass %v, want %v", x.Name(), backward[x], output)
			}
			if pass == ir.Recompute && i < 0 && x.Storage == ir.Arena {
				t.Fatalf("%s: got made again, want it kept", x.Name())
			}
		}
	})
}

// TestRecomputeSaves holds that a deep network's tensors shrink with the square root of its depth.
func TestRecomputeSaves(t *testing.T) {
	peak := func(again int) int64 {
		return compile(t, fmt.Sprintf(`name: net
input: {height: 8, width: 8, channels: 3}
classes: 10
filters: [16, 16]
strides: [1]
units: 100
train: {batch: 8, recompute: %d}
eval: {batch: 8}
`, again)).Plan.Peak
	}
	// 201 convolutions' outputs are kept without; with segments of ten, nine inputs and some 20
	// outputs of one segment besides the gradients between phases.
	if all, some := peak(0), peak(10); 5*some > all {
		t.Errorf("got %d bytes of tensors with segments of ten units and %d without, want a fifth of that or less", some, all)
	}
}

// TestRecomputeOff holds that the pass leaves other networks as they are.
func TestRecomputeOff(t *testing.T) {
	g := compile(t, `name: net
input: {height: 8, width: 8, channels: 3}
classes: 10
units: 2
`)
	if dump := g.String(); strings.Contains(dump, "Again") || strings.Contains(dump, "recompute") {
		t.Errorf("got\n%s\nwant nothing made again", dump)
	}
}
