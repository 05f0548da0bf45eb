//go:build tools

package parity

import (
	"math"
	"testing"
)

// TestReferenceStep checks the project's oracle against PyTorch, both in float64.
func TestReferenceStep(t *testing.T) {
	for _, n := range loadFixture(t).networks {
		for _, r := range n.runs {
			t.Run(n.name+"/"+r.name, func(t *testing.T) {
				checkTensors(t, resultTensors(r.oracle), r.reference(t), float64Bound)
			})
		}
	}
}

// TestReferenceTrajectory checks a training run of the oracle against PyTorch's.
func TestReferenceTrajectory(t *testing.T) {
	for _, tr := range loadFixture(t).trajectories {
		t.Run(tr.network.name, func(t *testing.T) {
			got := tr.oracleLosses()
			for i, want := range tr.losses(t) {
				// Rounding grows from step to step: 1e-9 of the first one allows for it.
				if !(math.Abs(got[i]-want) <= float64Bound*want) {
					t.Fatalf("step %d: got loss %.15g, want %.15g", i, got[i], want)
				}
			}
		})
	}
}
