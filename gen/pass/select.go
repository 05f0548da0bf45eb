package pass

import "github.com/resnetgen/resnetgen/gen/ir"

// selectAlgorithms chooses how each convolution is computed, by its shape and what the spec asks for and
// never by the machine: the output is the same everywhere. There is one algorithm so far.
func selectAlgorithms(g *ir.Graph) error {
	for _, c := range g.Convs {
		c.Algorithm = ir.Direct
	}
	return nil
}
