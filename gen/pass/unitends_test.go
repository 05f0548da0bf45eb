package pass

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// batchProducts is a network with products of the whole batch, whose phases end elsewhere.
const batchProducts = `name: wide
input: {height: 8, width: 8, channels: 3}
classes: 10
filters: [16, 256, 256]
strides: [1, 2]
units: [2, 2]
unit: post-activation
shortcut: projection-bn
train: {recompute: 2}
`

// TestUnitEnds holds that each activation of a sum is joined with the norm before it, and each
// gradient of one with the sums of a norm: no code is written for them alone.
func TestUnitEnds(t *testing.T) {
	check := func(t interface{ Fatalf(string, ...any) }, g *ir.Graph) (joined int) {
		for op := range g.AllOps() {
			switch op.Kind {
			case ir.OpActivate, ir.OpActivationGradient:
				t.Fatalf("got %s, want it joined", op)
			case ir.OpActivateSum, ir.OpActivateSumGradient:
				joined++
			}
		}
		return joined
	}
	rapid.Check(t, func(t *rapid.T) { check(t, compile(t, drawSpec(t))) })
	if got := check(t, compile(t, batchProducts)); got != 9 { // forward 4, once more 1, backward 4
		t.Errorf("got %d operations at ends of units, want 9", got)
	}
}
