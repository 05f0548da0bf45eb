package conv

import (
	"fmt"
	"testing"

	"github.com/resnetgen/resnetgen/asm/cpu"
)

// BenchmarkConv measures one image through each pass of the convolutions of the published networks.
func BenchmarkConv(b *testing.B) {
	for _, s := range []struct{ kernel, stride, size, in, out int }{
		{3, 1, 32, 3, 16},
		{3, 1, 32, 16, 16},
		{3, 2, 32, 16, 32},
		{3, 1, 16, 32, 32},
		{3, 1, 8, 64, 64},
		{1, 1, 32, 64, 16},
		{1, 1, 32, 16, 64},
		{1, 1, 8, 256, 64},
		{3, 1, 32, 160, 160},
		{7, 2, 224, 3, 64},
		{1, 1, 56, 64, 256},
		{1, 1, 56, 256, 64},
		{1, 1, 28, 128, 512},
		{1, 1, 28, 512, 128},
		{1, 1, 14, 256, 1024},
		{1, 1, 14, 1024, 256},
		{3, 2, 14, 512, 512},
		{1, 2, 14, 1024, 2048},
		{1, 1, 7, 512, 2048},
		{1, 1, 7, 2048, 512},
	} {
		k := newConvCase(SameShape(s.kernel, s.stride, s.size, s.size, s.in, s.out), func() float32 { return 1 })
		y, dx := nans(len(k.dy)), nans(len(k.x))
		f, d, w := NewForward(k.s, k.s.OutRows()), NewBackwardData(k.s), NewBackwardWeights(k.s)
		shape := fmt.Sprintf("shape=%dx%dx%dx%d", s.size, s.size, s.in, s.out)
		for _, pass := range []struct {
			name string
			run  func()
		}{
			{"fwd", func() { f.Compute(y, k.haloed, k.forward) }},
			{"bwd_data", func() { d.Compute(dx, k.dy, k.backward) }},
			{"bwd_weights", func() { w.Accumulate(k.groupStart, k.haloed, k.dy) }},
		} {
			b.Run(fmt.Sprintf("Conv%dx%ds%d/impl=%s/%s/pass=%s", s.kernel, s.kernel, s.stride, cpu.Active(), shape, pass.name), func(b *testing.B) {
				flops := 2 * float64(k.outputs[0]*k.outputs[1]*s.in*s.out*s.kernel*s.kernel)
				for b.Loop() {
					pass.run()
				}
				b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
