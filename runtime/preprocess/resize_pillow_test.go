//go:build tools

package preprocess

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// resizeCase is an image of noise, and the network that it is made the input of.
type resizeCase struct {
	Name          string `json:"name"`
	Width         int    `json:"width"`
	Height        int    `json:"height"`
	Input         [3]int `json:"input"`
	Resize        int    `json:"resize"`
	Fit           string `json:"fit"`
	Interpolation string `json:"interpolation"`
	Channels      string `json:"channels"`
}

// resizeCases has the networks that people bring and others, with images of mixed sizes: larger and
// smaller, thin ones, and such as have the size already.
func resizeCases(r *rand.Rand) (cases []resizeCase) {
	add := func(width, height int, input [3]int, resize int, fit, interpolation string) {
		channels := [2]string{RGB, BGR}[r.IntN(2)]
		if input[2] == 1 {
			channels = RGB
		}
		cases = append(cases, resizeCase{fmt.Sprint(len(cases)), width, height, input, resize, fit, interpolation, channels})
	}
	for _, interpolation := range []string{Bilinear, Bicubic} {
		for _, fit := range []string{FitCrop, FitStretch, FitPad} {
			for _, s := range []image.Point{{500, 375}, {375, 500}, {224, 224}, {256, 256}, {257, 255}, {100, 80}, {1, 1}, {3000, 17}, {31, 700}} {
				add(s.X, s.Y, [3]int{224, 224, 3}, 256, fit, interpolation)
				add(s.X, s.Y, [3]int{224, 224, 3}, 224, fit, interpolation)
			}
			for range 120 {
				input := [3]int{1 + r.IntN(40), 1 + r.IntN(40), 1 + 2*r.IntN(2)}
				least := min(input[0], input[1])
				resize := [2]int{least, least + r.IntN(20)}[r.IntN(2)]
				width, height := 1+r.IntN(150), 1+r.IntN(150)
				if fit == FitPad && resize*min(width, height) < max(width, height) {
					continue // ImageOps.contain makes nothing of thin images
				}
				add(width, height, input, resize, fit, interpolation)
			}
		}
	}
	return cases
}

// TestResizePillow holds that a network is given the very bytes that torchvision and Pillow make of
// an image.
func TestResizePillow(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	folder, cases := t.TempDir(), resizeCases(r)
	images := make([]*image.RGBA, len(cases))
	for i, c := range cases {
		images[i] = noise(r, c.Width, c.Height)
		var rgb []byte
		for at := 0; at < len(images[i].Pix); at += 4 {
			rgb = append(rgb, images[i].Pix[at:at+3]...)
		}
		writeFile(t, filepath.Join(folder, c.Name+".rgb"), rgb)
	}
	list, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(folder, "cases.json"), list)
	if out, err := exec.Command("/usr/bin/python3", "testdata/resize.py", folder).CombinedOutput(); err != nil {
		t.Fatalf("%v (torchvision is Debian's python3-torchvision):\n%s", err, out)
	}
	for i, c := range cases {
		want, err := os.ReadFile(filepath.Join(folder, c.Name+".want"))
		if err != nil {
			t.Fatal(err)
		}
		got, _ := Fit(images[i], c.Input, Options{c.Resize, c.Fit, c.Interpolation, c.Channels})
		if !bytes.Equal(got, want) {
			t.Errorf("%+v: got other bytes than Pillow, the first at %d of %d", c, firstDifference(got, want), len(want))
		}
	}
}

func firstDifference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
