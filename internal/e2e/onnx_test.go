package e2e

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/onnx"
)

// TestExportONNX exports a trainer's checkpoint and reads every bit back.
func TestExportONNX(t *testing.T) {
	bin, info, dir := trainer(t, "resnet20"), describe(t, "resnet20"), t.TempDir()
	source, model := filepath.Join(dir, "net.safetensors"), filepath.Join(dir, "net.onnx")
	succeed(t, bin, "init", "--seed", "5", "--out", source)
	succeed(t, bin, "export", "--format", "onnx", "--preprocess", "--softmax", "--checkpoint", source, "--out", model)
	got, err := onnx.Read(model, network.HWIO)
	if err != nil {
		t.Fatal(err)
	}
	want, err := checkpoint.Read(source)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Tensors) != len(info.Variables) {
		t.Errorf("got %d variables, want %d", len(got.Tensors), len(info.Variables))
	}
	for _, v := range got.Tensors {
		for i, x := range want.Find(v.Name).Float32 {
			if math.Float32bits(x) != math.Float32bits(v.Float32[i]) {
				t.Fatalf("%s[%d]: got %g, want %g", v.Name, i, v.Float32[i], x)
			}
		}
	}
	if got.Metadata[onnx.KeyImages] != onnx.ImagesBytes || got.Metadata[onnx.KeySpec] != info.SpecHash ||
		got.Metadata[onnx.KeyLabels] == "" {
		t.Errorf("got the metadata %v, want those of this network, its labels, and bytes as images", got.Metadata)
	}
}
