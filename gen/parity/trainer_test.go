package parity

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resnetgen/resnetgen/internal/oracle"
)

// byDefault leaves the kernels and the threads to the trainer, as its user would.
var byDefault setting

// TestTrainerStep checks every trainer's step command, in float32, against its reference in
// float64: PyTorch with the build tag tools, the oracle without.
func TestTrainerStep(t *testing.T) {
	for _, n := range loadFixture(t).networks {
		for _, r := range n.runs {
			t.Run(n.name+"/"+r.name, func(t *testing.T) {
				got := mustRead(t, n.step(t, byDefault, n.weights, r.batch, r.mode, stepRate))
				checkTensors(t, got, r.reference(t), float32Bound)
			})
		}
	}
}

// TestInference checks every inference package's logits against its reference's
// evaluation in float64.
func TestInference(t *testing.T) {
	for _, n := range loadFixture(t).networks {
		for _, r := range n.runs {
			if r.mode != "eval" {
				continue
			}
			t.Run(n.name, func(t *testing.T) {
				got := mustRead(t, n.step(t, byDefault, n.weights, r.batch, "infer", stepRate))
				checkTensors(t, got, map[string]*oracle.Tensor{"logits": r.reference(t)["logits"]}, float32Bound)
			})
		}
	}
}

// trajectoryBound is how far a loss of a run in float32 may be from the reference's in float64,
// relative to it.
const trajectoryBound = 0.01

// TestTrainerTrajectory follows the losses of consecutive steps, each started from the last one's
// after/.
func TestTrainerTrajectory(t *testing.T) {
	for _, tr := range loadFixture(t).trajectories {
		t.Run(tr.network.name, func(t *testing.T) {
			weights, farthest := tr.network.weights, 0.0
			for i, want := range tr.losses(t) {
				batch := tr.batches[i%len(tr.batches)].batch
				result := mustRead(t, tr.network.step(t, byDefault, weights, batch, "train", trajectoryRate))
				if result["loss"] == nil {
					t.Fatalf("step %d: got no loss", i)
				}
				got := result["loss"].Data[0]
				if !(math.Abs(got-want) <= trajectoryBound*want) {
					t.Fatalf("step %d: got loss %.6g, want %.6g within %g of it", i, got, want, trajectoryBound)
				}
				farthest = max(farthest, math.Abs(got-want)/want)
				weights = next(t, result)
			}
			t.Logf("largest relative difference of %d losses %.2g", trajectorySteps, farthest)
		})
	}
}

// TestTrainerStepWithoutMomentum checks that absent accumulators are zeros: the new ones are the
// gradients.
func TestTrainerStepWithoutMomentum(t *testing.T) {
	n := loadFixture(t).network(t, "basic_official")
	bare := map[string]*oracle.Tensor{}
	for name, v := range n.oracle.Tensors() {
		if !strings.HasSuffix(name, momentumSuffix) {
			bare[name] = v
		}
	}
	weights := filepath.Join(t.TempDir(), "weights.safetensors")
	if err := writeTensors(weights, bare); err != nil {
		t.Fatal(err)
	}
	result := mustRead(t, n.step(t, byDefault, weights, n.runs[0].batch, "train", stepRate))
	compared := 0
	for name, gradient := range result {
		variable, ok := strings.CutPrefix(name, gradPrefix)
		if !ok {
			continue
		}
		accumulator := result[afterPrefix+variable+momentumSuffix]
		if diff := cmp.Diff(gradient, accumulator); diff != "" {
			t.Errorf("%s: gradient (−) and accumulator (+) differ:\n%s", variable, diff)
		}
		compared++
	}
	if compared == 0 {
		t.Error("got no gradient, want one for each trainable variable")
	}
}

// mustRead reads the tensors of a file that a trainer wrote.
func mustRead(t *testing.T, path string) map[string]*oracle.Tensor {
	t.Helper()
	tensors, err := readTensors(path)
	if err != nil {
		t.Fatal(err)
	}
	return tensors
}
