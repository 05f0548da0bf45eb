package nn

import (
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/network"
)

// TestCheckRanks holds which batches how many ranks can share, and that the parts of a
// batch are one after the other.
func TestCheckRanks(t *testing.T) {
	for _, c := range []struct {
		size, images int
		want         string
	}{
		{1, 1, ""},
		{4, 4, ""},
		{16, 128, ""},
		{0, 128, "got 0 ranks, want 1, 2, 4, 8 or 16"},
		{3, 128, "got 3 ranks, want 1, 2, 4, 8 or 16"},
		{32, 128, "got 32 ranks, want 1, 2, 4, 8 or 16"},
		{4, 3, "got batches of 3 images, want one or more for each of 4 ranks"},
	} {
		err := network.CheckRanks(c.size, c.images)
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
