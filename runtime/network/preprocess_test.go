package network

import "testing"

// TestDescribe holds the words for each way.
func TestDescribe(t *testing.T) {
	square, wide := [3]int{224, 224, 3}, [3]int{160, 240, 1}
	for _, c := range []struct {
		p     Preprocess
		input [3]int
		want  string
	}{
		{Preprocess{256, "crop", "bilinear", "rgb"}, square, "resized to a shorter side of 256 (bilinear), cropped to 224×224, channels rgb"},
		{Preprocess{160, "crop", "bicubic", "rgb"}, wide, "resized to a shorter side of 160 (bicubic), cropped to 160×240"},
		{Preprocess{224, "stretch", "bicubic", "bgr"}, square, "stretched to 224×224 (bicubic), channels bgr"},
		{Preprocess{176, "stretch", "bilinear", "rgb"}, wide, "stretched to 176×264 (bilinear), cropped to 160×240"},
		{Preprocess{160, "pad", "bilinear", "rgb"}, wide, "resized to fit into 160×240 (bilinear), padded with black"},
		{Preprocess{176, "pad", "bilinear", "rgb"}, wide, "resized to fit into 176×264 (bilinear), cropped to 160×240, padded with black"},
	} {
		if got := c.p.Describe(c.input); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.p, got, c.want)
		}
	}
}
