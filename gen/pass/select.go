package pass

import (
	"fmt"

	"github.com/resnetgen/resnetgen/gen/ir"
	"github.com/resnetgen/resnetgen/runtime/abi"
)

// selectAlgorithms chooses how each convolution is computed, by its shape and what the spec asks for and
// never by the machine: the output is the same everywhere.
func selectAlgorithms(g *ir.Graph) error {
	for _, c := range g.Convs {
		c.Algorithm = ir.Direct
		if g.Algorithm != "direct" && winogradApplies(c) && (g.Algorithm == "winograd" || winogradWins(c)) {
			c.Algorithm = ir.Winograd
		}
	}
	return verifyWorkspaces(g)
}

// verifyWorkspaces holds that no phase sums two weight gradients by Winograd: a worker has one workspace, and
// the sum stays in it from image to image.
func verifyWorkspaces(g *ir.Graph) error {
	for _, p := range g.Phases {
		n := 0
		for _, op := range p.Ops {
			if op.Kind == ir.OpConvWeights && op.Conv.Algorithm == ir.Winograd {
				n++
			}
		}
		if n > 1 {
			return fmt.Errorf("phase %s %s: got %d weight gradients by Winograd, want one", p.Name, p.Pass, n)
		}
	}
	return nil
}

func winogradApplies(c *ir.Conv) bool { return c.Kernel == 3 && c.Stride == 1 && c.InputGradient }

// winogradWins reports whether Winograd's convolution is the faster one: where its transforms work on whole
// registers, there are channels enough for the products to outweigh them, and tiles of 4×4 do not stand out too
// far beyond the image. Measured against direct, forward, input gradient and weight gradient: 2.1, 1.9 and 1.9 times
// as fast at 32×32 with 16 channels, 2.7, 2.6 and 2.2 at 16×16 with 32, 3.0, 2.8 and 2.1 at 8×8 with 64, 2.1, 2.1 and 1.6 at 7×7
// with 64 (go test -run '^$' -bench 'Conv|Winograd' ./runtime/nn, one core of a Zen 4).
func winogradWins(c *ir.Conv) bool {
	const lanes, channels = 8, 16
	tiles := abi.WinogradTiles(c.Out.H) * abi.WinogradTiles(c.Out.W)
	return c.In.C%lanes == 0 && c.Out.C%lanes == 0 && min(c.In.C, c.Out.C) >= channels && 2*c.Out.Pixels() >= 16*tiles
}
