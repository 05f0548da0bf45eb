package generated_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	infer20 "github.com/resnetgen/resnetgen/generated/resnet20/infer"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/classify"
	"github.com/resnetgen/resnetgen/runtime/cli"
	"github.com/resnetgen/resnetgen/runtime/engine"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// TestPredictCommand holds that the trainer's predict prints the probabilities of the inference
// package, bit for bit.
func TestPredictCommand(t *testing.T) {
	dir := t.TempDir()
	net := networks[0].trained(0)
	defer net.Close()
	weights := filepath.Join(dir, "weights")
	if err := state.Save(weights, net, 1, nil); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(9, 10))
	args := []string{"predict", "--checkpoint", weights, "--format", "json", "--top", fmt.Sprint(infer20.Classes)}
	var photos []image.Image
	for i := range 10 {
		p := image.NewGray(image.Rect(0, 0, infer20.Width, infer20.Height))
		for k := range p.Pix {
			p.Pix[k] = byte(r.IntN(25 * (i + 1)))
		}
		var file bytes.Buffer
		path := filepath.Join(dir, fmt.Sprintf("%d.png", i))
		if err := png.Encode(&file, p); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		photos, args = append(photos, p), append(args, path)
	}
	var out, errOut bytes.Buffer
	program := cli.Program{
		Info: networks[0].info, New: networks[0].build,
		Infer: func(f *checkpoint.File, o engine.Options) (classify.Model, error) { return infer20.New(f, o) },
	}
	if code := cli.Run(t.Context(), program, args, &out, &errOut); code != 0 {
		t.Fatalf("got exit code %d, want 0\n%s", code, errOut.String())
	}
	var got []struct{ Guesses []classify.Prediction }
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || len(got) != len(photos) {
		t.Fatalf("got %d predictions and error %v, want %d\n%s", len(got), err, len(photos), out.String())
	}
	m, err := infer20.Load(weights)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	want, err := m.PredictBatch(nil, photos)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range want {
		if first := got[i].Guesses[0].Index; first != p.Class {
			t.Errorf("image %d: got class %d, want %d", i, first, p.Class)
		}
		for _, g := range got[i].Guesses {
			if g.Probability != p.Probabilities[g.Index] {
				t.Errorf("image %d, class %d: got %v, want %v", i, g.Index, g.Probability, p.Probabilities[g.Index])
			}
		}
	}
}
