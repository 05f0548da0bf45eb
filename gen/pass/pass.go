// Package pass holds the compiler's passes, one a file, and the table that runs them.
package pass

import (
	"fmt"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// Pass changes a graph; what it makes is verified after it.
type Pass struct {
	Name string
	Does string
	Run  func(*ir.Graph) error
}

// Table lists the passes in the order they run. The order is forced: gradients sees the spec's
// operations only; recompute needs to know what the backward pass reads, before anything is placed; select needs to know which inputs need gradients; phases needs both directions, and the barriers
// that batch adds, to know what crosses from one phase to another; schedule needs the phases; merge needs what halo copies; plan needs the order that schedule fixes and the sizes that select decides.
var Table = []Pass{
	{"fuse", "join normalizations and activations", fuse},
	{"gradients", "append the backward pass by reverse-mode differentiation", gradients},
	{"recompute", "make segments of units again in the backward pass instead of keeping them", remake},
	{"select", "choose each convolution's algorithm by its shape", selectAlgorithms},
	{"batch", "take apart the convolutions that work on the whole batch", batch},
	{"phases", "group operations into one visit of an image between two barriers; recompute activations", phases},
	{"halo", "put the gradients that Winograd's convolutions read into halos", halo},
	{"merge", "write each tensor of the batch once, past the caches where it is large", merge},
	{"schedule", "put packing first and the optimizer last", schedule},
	{"plan", "place variables, tensors and scratch in memory", plan},
}

// Run runs the passes of a table, verifying the graph before, between and after them; see is called with the graph
// after each, and with "lower" before the first. A failure is a defect of the compiler: the error, or the panic, names
// the pass.
func Run(table []Pass, g *ir.Graph, see func(pass string, g *ir.Graph)) error {
	if err := g.Verify(); err != nil {
		return fmt.Errorf("lower: %w", err)
	}
	see("lower", g)
	for _, p := range table {
		if err := p.run(g); err != nil {
			return fmt.Errorf("pass %s: %w", p.Name, err)
		}
		if err := g.Verify(); err != nil {
			return fmt.Errorf("after pass %s: %w", p.Name, err)
		}
		see(p.Name, g)
	}
	return nil
}

// run runs a pass, and names it where it panics.
func (p *Pass) run(g *ir.Graph) error {
	defer func() {
		if defect := recover(); defect != nil {
			panic(fmt.Sprintf("defect of the compiler in pass %s: %v", p.Name, defect))
		}
	}()
	return p.Run(g)
}
