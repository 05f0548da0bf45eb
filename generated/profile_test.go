package generated_test

import (
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/runtime/network"
)

// TestPhasesAreTheStep holds that the times of the phases leave out less than 3 % of a step, on one
// thread and on two.
func TestPhasesAreTheStep(t *testing.T) {
	for _, n := range networks {
		for _, threads := range []int{1, 2} {
			images, labels := n.batch()
			net := n.fresh(threads)
			net.TrainStep(images, labels, 0.1)
			best := 0.0
			for try := 0; best < 0.97 && try < 20; try++ { // a step that the system interrupts between two phases proves nothing
				times := network.Profile{Nanoseconds: make([]int64, len(n.info.Phases))}
				net.Profile(&times)
				start := time.Now()
				net.TrainStep(images, labels, 0.1)
				step, sum := time.Since(start), time.Duration(0)
				for _, ns := range times.Nanoseconds {
					sum += time.Duration(ns)
				}
				if sum > step || times.Steps != 1 {
					t.Errorf("%s: got phases of %v and %d steps, want no more than the step's %v", n.info.Name, sum, times.Steps, step)
				}
				best = max(best, sum.Seconds()/step.Seconds())
			}
			net.Close()
			if best < 0.97 {
				t.Errorf("%s, %d threads: got %.1f %% of a step in its phases, want 97 %%", n.info.Name, threads, 100*best)
			}
		}
	}
}
