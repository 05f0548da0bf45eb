// Package pass holds the compiler's passes, one a file, and the table that runs them.
package pass

import (
	"fmt"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// Pass changes a graph; what it makes is verified after it.
type Pass struct {
	Name        string
	Description string
	Run         func(*ir.Graph) error
}

// Training lists the passes to a training step in the order they run; see passOrder.
var Training = []Pass{
	{"fuse", "join normalizations and activations", fuse},
	{"gradients", "append the backward pass by reverse-mode differentiation", gradients},
	{"recompute", "recompute segments of units in the backward pass instead of storing them", recompute},
	{"select", "choose each convolution's algorithm by its shape", selectAlgorithms},
	{"batch", "split the convolutions that work on the whole batch", batch},
	{"phases", "group operations into one visit of an image between two barriers; recompute activations", phases},
	{"halo", "put the gradients that Winograd's convolutions read into halos", halo},
	{"merge", "write each tensor of the batch once, past the caches where it is large", merge},
	{"schedule", "put packing first and the optimizer last", schedule},
	{"plan", "place variables, tensors and scratch in memory", plan},
}

// ordered says that one pass runs before another, and why.
type ordered struct{ first, then, because string }

// passOrder is what the orders of [Training] and [Inference] have to keep.
var passOrder = []ordered{
	{"fuse", "gradients", "fused operations have derivatives of their own"},
	{"fuse", "recompute", "recomputed operations are those of the forward pass"},
	{"gradients", "recompute", "it has to know what the backward pass reads"},
	{"gradients", "select", "Winograd is for convolutions whose input needs a gradient"},
	{"recompute", "phases", "recomputed segments become phases"},
	{"select", "batch", "it splits the convolutions that are to work on the whole batch"},
	{"batch", "phases", "it adds barriers"},
	{"gradients", "phases", "what crosses from one phase to another depends on both directions"},
	{"phases", "halo", "it looks at who reads a gradient within a phase"},
	{"select", "halo", "only Winograd's convolutions read gradients in halos"},
	{"halo", "merge", "it joins the copies into halos"},
	{"phases", "schedule", "it adds phases before the first and after the last"},
	{"merge", "plan", "it decides what lies in scratch"},
	{"schedule", "plan", "lives are counted in phases"},
	{"select", "plan", "the sizes of packed weights depend on the algorithms"},

	{"forward", "fold", "a norm's statistics read its input, too"},
	{"forward", "epilogue", "it knows no operations of training"},
	{"fuse", "fold", "it folds norms that are fused with their activations"},
	{"fuse", "epilogue", "epilogues normalize and activate"},
	{"fold", "epilogue", "a folded norm's epilogue only shifts"},
	{"select", "epilogue", "layouts depend on the algorithms"},
	{"epilogue", "join", "it makes the epilogues"},
	{"join", "place", "the output of a joined convolution needs no memory"},
	{"epilogue", "place", "it makes the phases in which tensors live"},
}

// Run runs the passes of a table. It verifies the graph before, between and after them. see is
// called with "lower" before the first pass, and with the graph after each. A failure is a defect
// of the compiler. The error, or the panic, names the pass.
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
