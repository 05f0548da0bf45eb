package generated_test

import (
	"bytes"
	"context"
	"math"
	"path/filepath"
	"testing"

	"github.com/resnetgen/resnetgen/generated/resnet20"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/cli"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/onnx"
)

// TestExportONNX exports a trainer's checkpoint and reads every bit back.
func TestExportONNX(t *testing.T) {
	program := cli.Program{Info: &resnet20.Info, New: func(o network.Options) network.Network { return resnet20.New(o) }}
	program.Recipe.Labels = []string{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"}
	dir := t.TempDir()
	source, model := filepath.Join(dir, "net.safetensors"), filepath.Join(dir, "net.onnx")
	for _, arguments := range [][]string{
		{"init", "--seed", "5", "--out", source},
		{"export", "--format", "onnx", "--preprocess", "--softmax", "--checkpoint", source, "--out", model},
	} {
		var out, errOut bytes.Buffer
		if code := cli.Run(context.Background(), program, arguments, &out, &errOut); code != 0 {
			t.Fatalf("%v: got exit code %d, want 0:\n%s", arguments, code, &errOut)
		}
	}
	got, err := onnx.Read(model)
	if err != nil {
		t.Fatal(err)
	}
	want, err := checkpoint.Read(source)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Tensors) != len(resnet20.Info.Variables) {
		t.Errorf("got %d variables, want %d", len(got.Tensors), len(resnet20.Info.Variables))
	}
	for _, v := range got.Tensors {
		for i, x := range want.Find(v.Name).Float32 {
			if math.Float32bits(x) != math.Float32bits(v.Float32[i]) {
				t.Fatalf("%s[%d]: got %g, want %g", v.Name, i, v.Float32[i], x)
			}
		}
	}
	if got.Metadata[onnx.KeyImages] != onnx.ImagesBytes || got.Metadata[onnx.KeySpec] != resnet20.Info.SpecHash || got.Metadata[onnx.KeyLabels] == "" {
		t.Errorf("got the metadata %v, want those of this network, its labels, and bytes as images", got.Metadata)
	}
}
