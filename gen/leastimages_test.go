package gen

import (
	"fmt"
	"testing"

	"github.com/resnetgen/resnetgen/spec"
)

// TestLeastImages holds that a step needs two images where the unbiased variance of one would be of
// a single pixel.
func TestLeastImages(t *testing.T) {
	for keys, want := range map[string]int{
		"input: {height: 8, width: 8, channels: 3}":                                      2, // the stem leaves 2×2, the second stage 1×1
		"input: {height: 8, width: 9, channels: 3}":                                      0,
		"input: {height: 8, width: 8, channels: 3}\nbatch_norm: {variance: biased}":      0,
		"input: {height: 8, width: 8, channels: 3}\nstem: {kernel: 3, stride: 1}":        0,
		"input: {height: 2, width: 2, channels: 3}\nstem: {pool: none}\nstrides: [1, 1]": 2,
	} {
		text := fmt.Appendf(nil, "name: net\nfamily: torchvision\nclasses: 10\nfilters: [8, 8, 8]\nunits: 1\n%s\n", keys)
		net, err := spec.Parse("net.yaml", text)
		if err != nil {
			t.Fatal(err)
		}
		info, err := Describe(net)
		if err != nil {
			t.Fatal(err)
		}
		if info.LeastImages != want {
			t.Errorf("%s: got at least %d images, want %d", keys, info.LeastImages, want)
		}
	}
}
