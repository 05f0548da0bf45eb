package pass

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/gen/ir"
	"github.com/resnetgen/resnetgen/runtime/abi"
)

// TestPlanRegions holds that the regions are the whole arena: what is kept lies side by side, each
// tensor is there with its life, and the lower bound is what some phase needs at one time.
func TestPlanRegions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := compile(t, drawSpec(t))
		uses := map[string]use{}
		for _, u := range arenaUses(g) {
			u.last = min(u.last, len(g.Phases)-1)
			uses[u.name] = u
		}
		end, live := int64(0), make([]int64, len(g.Phases))
		for _, r := range g.Plan.Regions {
			if r.Tensor == nil {
				if r.Offset != end || r.Bytes <= 0 {
					t.Fatalf("%s: got %d bytes at %d, want some at %d", r.Name, r.Bytes, r.Offset, end)
				}
				end += r.Bytes
				continue
			}
			if want, ok := uses[r.Name]; !ok || r.First != want.first || r.Last != want.last || r.Offset != want.from || r.Bytes != abi.Aligned(want.to-want.from) {
				t.Fatalf("got %+v, want %+v", r, want)
			}
			delete(uses, r.Name)
			for k := r.First; k <= r.Last; k++ {
				live[k] += r.Bytes
			}
		}
		if end != g.Plan.Activations || len(uses) > 0 {
			t.Fatalf("got regions up to %d and without %v, want them up to %d and with every tensor", end, uses, g.Plan.Activations)
		}
		most := int64(0)
		for _, n := range live {
			most = max(most, n)
		}
		if most != g.Plan.LowerBound {
			t.Fatalf("got a lower bound of %d bytes, want %d", g.Plan.LowerBound, most)
		}
	})
}

// TestTraffic counts the bytes of a small network's phases by hand.
func TestTraffic(t *testing.T) {
	g := compile(t, `name: net
input: {height: 8, width: 8, channels: 3}
classes: 10
filters: [16, 16]
strides: [1]
units: 1
algorithm: direct
`)
	const (
		image, tensor = 8 * 8 * 3 * 4, 8 * 8 * 16 * 4
		stem, inner   = 9 * 3 * 16 * 4, 9 * 16 * 16 * 4 // weights
		sums          = 2*abi.Groups + 2                // times a weight: groups' gradients there and back, gradient, decay
	)
	want := map[string]ir.Traffic{
		"init/init_conv forward": {Image: image + tensor, Batch: stem},
		"unit_1_0/sub1 forward":  {Image: 2 * tensor, Batch: inner},
		"unit_1_0/sub2 forward":  {Image: 3 * tensor, Batch: inner}, // the shortcut is read too
		// Read: dFinalBN, out and sub1; written: dOut and dBN2.
		"unit_1_0/sub2 backward": {Image: 5 * tensor, Batch: (1 + sums) * inner},
		// Read: dBN2, sub1, x and, for the shortcut's gradient, dOut; written: dInitBN.
		"unit_1_0/sub1 backward":  {Image: 5 * tensor, Batch: (1 + sums) * inner},
		"init/init_conv backward": {Image: image + 2*tensor, Batch: sums * stem},
		"parameters update":       {Batch: 5 * 4 * int64(g.Plan.Elements)},
	}
	for _, p := range g.Phases {
		name := p.Name + " " + string(p.Pass)
		if w, ok := want[name]; ok && g.Traffic(p) != w {
			t.Errorf("%s: got %+v, want %+v", name, g.Traffic(p), w)
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("got no phases %v", want)
	}
}
