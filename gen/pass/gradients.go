package pass

import "github.com/resnetgen/resnetgen/gen/ir"

// gradients appends the backward pass.
func gradients(g *ir.Graph) error { return ir.Differentiate(g) }
