package pass

import (
	"slices"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// schedule completes a training step: the weights are packed before the first phase, which also
// sums the squares for the weight-decay term, and the optimizer runs after the last.
func schedule(g *ir.Graph) error {
	g.Phases = slices.Concat(
		[]*ir.Phase{{Name: "weights", Pass: ir.Pack}},
		g.Phases,
		[]*ir.Phase{{Name: "parameters", Pass: ir.Update}},
	)
	return nil
}
