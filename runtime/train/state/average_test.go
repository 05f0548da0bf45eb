package state

import (
	"math"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// TestAverages compares the averages after each step with the definition, in float64.
func TestAverages(t *testing.T) {
	net := fakenet.New(network.Options{})
	network.Initialize(net.Variables(), 1)
	weights := net.Variables()[0].Value
	a := NewAverages(net, 0.8)
	a.Start()
	want := make([]float64, len(weights))
	for i, x := range weights {
		want[i] = float64(x)
	}
	for step := 1; step <= 60; step++ {
		d := min(0.8, float64(1+step)/float64(10+step))
		for i := range weights {
			weights[i] = float32(math.Sin(float64(step * (i + 1))))
			want[i] = d*want[i] + (1-d)*float64(weights[i])
		}
		a.Update(step)
		for i, got := range a.values[0] {
			if math.Abs(float64(got)-want[i]) > 1e-6 {
				t.Fatalf("step %d: element %d: got %g, want %g", step, i, got, want[i])
			}
		}
	}
}
