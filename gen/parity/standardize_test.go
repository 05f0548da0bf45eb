package parity

import (
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resnetgen/resnetgen/internal/oracle"
)

// TestStandardize holds that images reach a network of given preprocessing, means and deviations as
// these are defined, in evaluation and in prediction: what an evaluation says of them is, to the
// bit, what a step says of the standardized values, and so is, but for the rounding of the
// inference package, what predict says.
func TestStandardize(t *testing.T) {
	n := loadFixture(t).network(t, "basic_adamw")
	dir, images, labels := n.album(t)
	batch := filepath.Join(t.TempDir(), "batch.safetensors")
	if err := writeBatch(batch, images, labels); err != nil {
		t.Fatal(err)
	}
	want := mustRead(t, n.step(t, byDefault, n.weights, batch, "eval", stepRate))["logits"]

	out := filepath.Join(t.TempDir(), "logits.safetensors")
	n.trainer(t, byDefault, "eval", "--data", dir, "--checkpoint", n.weights, "--logits", out)
	if diff := cmp.Diff(want, mustRead(t, out)["logits"]); diff != "" {
		t.Errorf("logits of the standardized values (−) and of the images (+) differ:\n%s", diff)
	}

	for i := range labels {
		var predictions []struct {
			Guesses []struct {
				Index       int
				Probability float64
			}
		}
		output := n.trainer(t, byDefault, "predict", "--checkpoint", n.weights, "--json", "--top", "1", imagePath(dir, "test", i))
		if err := json.Unmarshal(output, &predictions); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		guess := predictions[0].Guesses[0]
		if p := softmax(want.Data[i*n.spec.Classes:][:n.spec.Classes])[guess.Index]; math.Abs(guess.Probability-p) > float32Bound {
			t.Errorf("image %d, class %d: got a probability of %g, want %g", i, guess.Index, guess.Probability, p)
		}
	}
}

// album writes an image of each class to train with, and one to test with, and returns the latter
// as the network is to see them. Their shorter side is that to which the spec resizes, and they are
// wider by three pixels.
func (n *network) album(t *testing.T) (dir string, images *oracle.Tensor, labels []int) {
	t.Helper()
	r := rand.New(rand.NewPCG(5, 6))
	dir, size, fit := t.TempDir(), n.spec.Input, n.spec.Preprocess
	height, width := fit.Resize, fit.Resize+3
	middle := image.Rect(0, 0, size.Width, size.Height).Add(image.Pt(2, 0)) // torchvision's for 12×9 and 8×8
	images = &oracle.Tensor{Shape: []int{n.spec.Classes, size.Height, size.Width, size.Channels}}
	for _, part := range []string{"train", "test"} {
		for class := range n.spec.Classes {
			img := image.NewNRGBA(image.Rect(0, 0, width, height))
			for y := range height {
				for x := range width {
					pixel := [3]byte{byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256))}
					img.SetNRGBA(x, y, color.NRGBA{pixel[0], pixel[1], pixel[2], 255})
					pixel[0], pixel[2] = pixel[2], pixel[0] // as the spec has it
					for c, v := range pixel {
						if part == "test" && image.Pt(x, y).In(middle) {
							images.Data = append(images.Data, (float64(v)/255-n.spec.Standardize.Mean[c])/n.spec.Standardize.Std[c])
						}
					}
				}
			}
			if err := writePNG(imagePath(dir, part, class), img); err != nil {
				t.Fatal(err)
			}
		}
	}
	for class := range n.spec.Classes {
		labels = append(labels, class)
	}
	return dir, images, labels
}

func imagePath(dir, part string, class int) string {
	return filepath.Join(dir, part, fmt.Sprintf("class%03d", class), "image.png")
}

func writePNG(path string, img image.Image) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return png.Encode(f, img)
}

func softmax(logits []float64) []float64 {
	p, sum := make([]float64, len(logits)), 0.0
	for i, z := range logits {
		p[i] = math.Exp(z)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}
