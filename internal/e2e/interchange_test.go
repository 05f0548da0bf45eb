package e2e

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/checkpoint/store"
	"github.com/resnetgen/resnetgen/runtime/tfcheckpoint"
)

// officialNames are the names of a TensorFlow checkpoint of the official model's training, after
// resnet_model.py.
func officialNames(units int, bottleneck bool) []string {
	names := []string{"global_step"}
	variable := func(name string, trained bool) {
		names = append(names, name)
		if trained {
			names = append(names, name+"/Momentum")
		}
	}
	norm := func(scope string) {
		for _, name := range []string{"beta", "gamma"} {
			variable(scope+"/"+name, true)
		}
		for _, name := range []string{"moving_mean", "moving_variance"} {
			variable(scope+"/"+name, false)
		}
	}
	shared, own, convolutions := "shared_activation", "residual_only_activation", 2
	if bottleneck {
		shared, own, convolutions = "common_bn_relu", "residual_bn_relu", 3
	}
	variable("init/init_conv/DW", true)
	for stage := 1; stage <= 3; stage++ {
		for unit := range units {
			scope, activation := fmt.Sprintf("unit_%d_%d/", stage, unit), own
			if stage == 1 && unit == 0 {
				activation = shared
			}
			norm(scope + activation + "/init_bn")
			for k := 1; k <= convolutions; k++ {
				if k > 1 {
					norm(fmt.Sprintf("%ssub%d/bn%d", scope, k, k))
				}
				variable(fmt.Sprintf("%ssub%d/conv%d/DW", scope, k, k), true)
			}
			if bottleneck && unit == 0 {
				variable(scope+"sub_add/project/DW", true)
			}
		}
	}
	norm("unit_last/final_bn")
	variable("logit/DW", true)
	variable("logit/biases", true)
	slices.Sort(names)
	return names
}

// TestExportImport holds that a network's checkpoint comes back from each format with the same
// bits, and that TensorFlow finds the official model's names in its own.
func TestExportImport(t *testing.T) {
	for name, units := range map[string]int{"resnet20": 3, "resnet32": 5, "resnet164": 18} {
		t.Run(name, func(t *testing.T) {
			bin, dir := trainer(t, name), t.TempDir()
			path := func(name string) string { return filepath.Join(dir, name) }
			withMomentum(t, bin, path("c"))
			want := tensorsOf(t, path("c"))
			for _, format := range []string{"safetensors", "tf"} {
				succeed(t, bin, "export", "--checkpoint", path("c"), "--format", format, "--with-momentum",
					"--out", path(format))
				succeed(t, bin, "import", path(format), "--out", path(format+".back"))
				got := tensorsOf(t, path(format+".back"))
				if len(got) != len(want) {
					t.Errorf("%s: got %d tensors, want %d", format, len(got), len(want))
				}
				for k := range min(len(got), len(want)) {
					if !sameTensor(&got[k], &want[k]) {
						t.Errorf("%s: %s: got other bits, want those that were exported", format, want[k].Name)
					}
				}
			}
			c, err := tfcheckpoint.Read(path("tf"))
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, x := range c.Tensors {
				names = append(names, x.Name)
			}
			if diff := cmp.Diff(officialNames(units, name == "resnet164"), names); diff != "" {
				t.Errorf("names (−want +got):\n%s", diff)
			}
		})
	}
}

// withMomentum writes a checkpoint of step 64000 of a network's first variables, whose momentum is
// that of no step, but of a number of its own for each variable and element.
func withMomentum(t *testing.T, bin, path string) {
	t.Helper()
	succeed(t, bin, "init", "--seed", "1", "--out", path)
	f, err := checkpoint.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range f.Tensors {
		switch {
		case v.Int64 != nil:
			f.Tensors[k].Int64 = []int64{64000} // the step
		case strings.HasSuffix(v.Name, "/Momentum"):
			for j := range v.Float32 {
				v.Float32[j] = float32(k) - float32(j)/1024
			}
		}
	}
	if err := store.Write(path, f); err != nil {
		t.Fatal(err)
	}
}

// sameTensor compares two tensors, bit for bit.
func sameTensor(a, b *checkpoint.Tensor) bool {
	same := func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) }
	return a.Name == b.Name && slices.Equal(a.Shape, b.Shape) &&
		slices.EqualFunc(a.Float32, b.Float32, same) && slices.Equal(a.Int64, b.Int64)
}

// tensorsOf reads a checkpoint's tensors, by their names.
func tensorsOf(t *testing.T, path string) []checkpoint.Tensor {
	t.Helper()
	f, err := checkpoint.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(f.Tensors, func(a, b checkpoint.Tensor) int { return strings.Compare(a.Name, b.Name) })
	return f.Tensors
}
