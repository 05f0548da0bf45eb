package parity

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/resnetgen/resnetgen/internal/oracle"
)

// recomputedSpecs are those whose networks are compiled again with segments that the backward pass
// makes again: both units, shortcuts of each kind, each algorithm. With one unit there is nothing
// to make again.
var recomputedSpecs = []string{
	"basic_bias", "basic_bias_wide", "basic_four_stages", "basic_post", "basic_post_pool", "basic_projection", "basic_stride_three", "basic_wide", "basic_winograd",
	"bottleneck_bias_post", "bottleneck_four_stages", "bottleneck_official", "bottleneck_post", "bottleneck_winograd",
}

// segmentUnits are the lengths of segments that are tried where they are fewer than all units.
var segmentUnits = []int{1, 2}

// recomputed returns the variants of those networks: they share weights and batches with the
// network itself.
func (f *fixture) recomputed() (variants []*network) {
	for _, n := range f.networks {
		for _, name := range recomputedSpecs {
			if n.name == name {
				variants = append(variants, n.recomputed()...)
			}
		}
	}
	return variants
}

func (n *network) recomputed() (variants []*network) {
	units := 0
	for _, u := range n.spec.Units {
		units += u
	}
	for _, length := range segmentUnits {
		if length >= units {
			break
		}
		changed := *n.spec
		changed.Name = fmt.Sprintf("%s_again%d", n.name, length)
		changed.Train.Recompute = length
		variants = append(variants, &network{name: changed.Name, spec: &changed, weights: n.weights, runs: n.runs})
	}
	return variants
}

// TestRecomputeSameBits compares what several steps leave, each from where the last ended, with and
// without recomputation, byte for byte.
func TestRecomputeSameBits(t *testing.T) {
	const steps = 2
	f := loadFixture(t)
	for _, name := range recomputedSpecs {
		n := f.network(t, name)
		variants := n.recomputed()
		if len(variants) == 0 {
			t.Errorf("%s: got one unit, want several", name)
		}
		for _, v := range variants {
			t.Run(v.name, func(t *testing.T) {
				weights := n.weights
				for i := range steps {
					batch := n.runs[i%len(n.runs)].batch
					want := n.step(t, setting{threads: 2}, weights, batch, "train", stepRate)
					for _, s := range []setting{{threads: 1}, {threads: 3}} {
						checkSameFile(t, s, v.step(t, s, weights, batch, "train", stepRate), want)
					}
					result := mustRead(t, want)
					checkFinite(t, result)
					weights = next(t, result)
				}
			})
		}
	}
}

// next writes the weights that a step has left.
func next(t *testing.T, result map[string]*oracle.Tensor) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "weights.safetensors")
	if err := writeTensors(path, afterTensors(result)); err != nil {
		t.Fatal(err)
	}
	return path
}
