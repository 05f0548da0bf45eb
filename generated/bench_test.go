package generated_test

import (
	"fmt"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/engine"
)

// BenchmarkInference measures the inference packages, one image and 128 at a time, in images a
// second.
func BenchmarkInference(b *testing.B) {
	for i := range networks {
		n := &networks[i]
		net := n.trained(0)
		f := file(net)
		net.Close()
		for _, threads := range []int{1, 2} {
			for _, batch := range []int{1, 128} {
				b.Run(fmt.Sprintf("%s/threads=%d/batch=%d", n.info.Name, threads, batch), func(b *testing.B) {
					m, err := inferences[i](f, engine.Options{Threads: threads})
					if err != nil {
						b.Fatal(err)
					}
					defer m.Close()
					images := make([]float32, batch*n.info.Input[0]*n.info.Input[1]*n.info.Input[2])
					logits := make([]float32, batch*n.info.Classes)
					for b.Loop() {
						if err := m.Logits(logits, images); err != nil {
							b.Fatal(err)
						}
					}

					b.ReportMetric(float64(batch*b.N)/b.Elapsed().Seconds(), "images/s")
				})
			}
		}
	}
}
