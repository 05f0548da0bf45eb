package generated_test

import (
	"bytes"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/cli"
	"github.com/resnetgen/resnetgen/runtime/tfcheckpoint"
	"github.com/resnetgen/resnetgen/runtime/train"
)

// officialNames are the names of a TensorFlow checkpoint of the official model's training, after resnet_model.py.
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

// TestExportImport holds that a network's checkpoint comes back from each format with the same bits, and that TensorFlow
// finds the official model's names in its own.
func TestExportImport(t *testing.T) {
	for i := range networks {
		n := &networks[i]
		dir := t.TempDir()
		path := func(name string) string { return filepath.Join(dir, name) }
		net := n.fresh(1)
		for k, v := range net.Variables() {
			momentum := v.Slots[0].Value
			for j := range momentum {
				momentum[j] = float32(k) - float32(j)/1024
			}
		}
		if err := train.Save(path("c"), net, 64000, nil); err != nil {
			t.Fatal(err)
		}
		net.Close()
		want := tensorsOf(t, path("c"))
		for _, format := range []string{"safetensors", "tf"} {
			n.run(t, "export", "--checkpoint", path("c"), "--format", format, "--with-momentum", "--out", path(format))
			n.run(t, "import", path(format), "--out", path(format+".back"))
			got := tensorsOf(t, path(format+".back"))
			if len(got) != len(want) {
				t.Errorf("%s, %s: got %d tensors, want %d", n.info.Name, format, len(got), len(want))
			}
			for k := range min(len(got), len(want)) {
				if !sameTensor(&got[k], &want[k]) {
					t.Errorf("%s, %s: %s: got other bits, want those that were exported", n.info.Name, format, want[k].Name)
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
		units := map[string]int{"resnet20": 3, "resnet32": 5, "resnet164": 18}[n.info.Name]
		if diff := cmp.Diff(officialNames(units, n.info.Name == "resnet164"), names); diff != "" {
			t.Errorf("%s: names (−want +got):\n%s", n.info.Name, diff)
		}
	}
}

// sameTensor compares two tensors, bit for bit.
func sameTensor(a, b *checkpoint.Tensor) bool {
	same := func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) }
	return a.Name == b.Name && slices.Equal(a.Shape, b.Shape) && slices.EqualFunc(a.Float32, b.Float32, same) && slices.Equal(a.Int64, b.Int64)
}

func tensorsOf(t *testing.T, path string) []checkpoint.Tensor {
	t.Helper()
	f, err := checkpoint.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return f.Tensors
}

// run runs a command of the network's trainer.
func (n *compiled) run(t *testing.T, args ...string) {
	t.Helper()
	var out, errOut bytes.Buffer
	if code := cli.Run(t.Context(), cli.Program{Info: n.info, New: n.build}, args, &out, &errOut); code != 0 {
		t.Fatalf("%v: got exit code %d, want 0\n%s%s", args, code, out.String(), errOut.String())
	}
}
