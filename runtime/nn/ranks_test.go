package nn

import (
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// TestCheckRanks holds which networks and batches how many ranks can share, and that the parts of a
// batch are one after the other.
func TestCheckRanks(t *testing.T) {
	grouped := &network.Info{Layers: []network.Layer{{Name: "stem", Algorithm: "direct"}, {Name: "unit", Algorithm: "winograd"}}}
	whole := &network.Info{Layers: []network.Layer{{Name: "stem", Algorithm: "direct"}, {Name: "unit", Algorithm: abi.WinogradBatch}}}
	for _, c := range []struct {
		info         *network.Info
		size, images int
		want         string
	}{
		{grouped, 1, 1, ""},
		{grouped, 4, 4, ""},
		{grouped, 16, 128, ""},
		{grouped, 0, 128, "got 0 ranks, want 1, 2, 4, 8 or 16"},
		{grouped, 3, 128, "got 3 ranks, want 1, 2, 4, 8 or 16"},
		{grouped, 32, 128, "got 32 ranks, want 1, 2, 4, 8 or 16"},
		{grouped, 4, 3, "got batches of 3 images, want one or more for each of 4 ranks"},
		{whole, 1, 128, ""},
		{whole, 2, 128, `unit: got the algorithm "winograd, whole batch"`},
	} {
		err := network.CheckRanks(c.info, c.size, c.images)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d ranks, %d images: got error %v, want %q", c.size, c.images, err, c.want)
		}
		if err != nil {
			continue
		}
		end := 0
		for rank := range c.size {
			r := network.RankImages(c.images, rank, c.size)
			if r.First != end || r.End <= r.First {
				t.Errorf("%d ranks, %d images: got %+v for rank %d, want some from %d on", c.size, c.images, r, rank, end)
			}
			end = r.End
		}
		if end != c.images {
			t.Errorf("%d ranks: got %d images in all, want %d", c.size, end, c.images)
		}
	}
}
