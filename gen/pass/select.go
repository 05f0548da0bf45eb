package pass

import (
	"fmt"

	"github.com/resnetgen/resnetgen/gen/ir"
	"github.com/resnetgen/resnetgen/runtime/abi"
)

// selectAlgorithms chooses how each convolution is computed, by its shape and what the spec asks
// for and never by the machine: the output is the same everywhere.
func selectAlgorithms(g *ir.Graph) error {
	for _, c := range g.Convs {
		c.Algorithm = ir.Direct
		if g.Algorithm != "direct" && winogradApplies(c) && (g.Algorithm == "winograd" || winogradWins(c)) {
			c.Algorithm = ir.Winograd
			if batchWins(c) {
				c.Algorithm = ir.WinogradBatch
			}
		}
	}
	for _, c := range g.Convs {
		c.SumsBatch = sumWins(c, g.Batch)
	}
	return nil
}

// sumWins reports whether a direct convolution's gradient of weights is summed over the batch,
// block by block, from inputs and gradients of outputs that are kept: where a gradient does not
// stay in a core's cache, and what is kept is less than half of the gradients of the groups. The
// bits are the same. ResNet-50's last stage takes three quarters of the time so, on a Xeon with
// AVX-512.
func sumWins(c *ir.Conv, images int) bool {
	const weights = 1 << 17 // half a MiB
	return c.Algorithm == ir.Direct && abi.KernelRowsApart(c.Kernel, c.In.C) && c.Weights.Len() >= weights && 2*images*c.KeptLen() < abi.Groups*c.Weights.Len()
}

// batchWins reports whether the transformed weights are too large for a core's cache. Then reading
// them once a batch is worth the images' way through memory. On a Zen 4 with 1 MiB of L2, WRN-28-10
// trains twice as fast so; on a Xeon with 2 MiB, ResNet-18 at 224 pixels a third faster.
func batchWins(c *ir.Conv) bool {
	const weights = 256 * 256
	return c.In.C%abi.PackChannels == 0 && c.Out.C%abi.PackChannels == 0 && c.In.C*c.Out.C >= weights
}

// verifyWorkspaces holds that no phase sums two weight gradients by Winograd, or transforms images
// for the whole batch beside one: a worker has one workspace, and the sum stays in it from image to
// image.
func verifyWorkspaces(g *ir.Graph) error {
	for _, p := range g.Phases {
		sums, transforms := 0, 0
		for _, op := range p.Ops {
			switch {
			case op.Conv == nil:
			case op.Conv.Algorithm == ir.WinogradBatch:
				transforms++
			case op.Kind == ir.OpConvWeights && op.Conv.Algorithm == ir.Winograd:
				sums++
			}
		}
		if sums > 1 || sums == 1 && transforms > 0 {
			return fmt.Errorf("phase %s %s: got %d weight gradients by Winograd and %d transforms for the whole batch, want one gradient or transforms",
				p.Name, p.Pass, sums, transforms)
		}
	}
	return nil
}

func winogradApplies(c *ir.Conv) bool { return c.Kernel == 3 && c.Stride == 1 && c.InputGradient }

// winogradWins reports whether Winograd's convolution is the faster one: where its transforms work
// on whole registers, there are channels enough for the products to outweigh them, and tiles of 4×4
// do not stand out too far beyond the image. `make bench-kernels` measures both; in shares of the
// multiply-add peak, forward, input gradient and weight gradient (Zen 4, bench/results/kernels.md):
//
//	                 direct              Winograd
//	16→16, 32×32     1.01  1.01   .99    2.13  2.13  2.16
//	32→32, 16×16     1.00  1.00   .97    2.70  2.72  2.61
//	64→64, 8×8       1.03  1.04   .99    2.94  2.92  2.82
//	160→160, 32×32    .98  1.00   .92    2.83  3.10  2.97
//	640→640, 8×8      .98   .97   .83    1.63  1.66  2.09
func winogradWins(c *ir.Conv) bool {
	const lanes, channels = 8, 16
	tiles := abi.WinogradTiles(c.Out.H) * abi.WinogradTiles(c.Out.W)
	return c.In.C%lanes == 0 && c.Out.C%lanes == 0 && min(c.In.C, c.Out.C) >= channels && 2*c.Out.Pixels() >= 16*tiles
}
