//go:build campaign

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/dataset"
)

// question is a request that is sent again and again.
type question struct {
	name, path string
	body       []byte
	images     int
}

// requests are images, and inference of one image and of four.
func requests(t *testing.T) (all []question) {
	t.Helper()
	_, test, err := dataset.Open("fashion-mini", dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		m := image.NewGray(image.Rect(0, 0, 28, 28))
		for p, v := range test.Image(i) {
			m.SetGray(p%28, p/28, color.Gray{Y: v})
		}
		var encoded bytes.Buffer
		if err := png.Encode(&encoded, m); err != nil {
			t.Fatal(err)
		}
		n := 1 + 3*(i%2)
		var values []int
		for _, v := range test.Images[i*test.Size():][:n*test.Size()] {
			values = append(values, int(v))
		}
		text, err := json.Marshal(map[string]any{"inputs": []any{map[string]any{
			"name": "images", "datatype": "UINT8", "shape": []int{n, 28, 28, 1}, "data": values,
		}}})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all,
			question{fmt.Sprint("image ", i), "/predict", encoded.Bytes(), 1},
			question{fmt.Sprint("inference ", i), "/v2/models/resnet20/infer", text, n})
	}
	return all
}
