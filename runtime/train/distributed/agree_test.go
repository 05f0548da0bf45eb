package distributed_test

import (
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/internal/linktest"
	"github.com/resnetgen/resnetgen/runtime/train/distributed"
)

// TestAgree holds that ranks that are alike agree, and that every rank names those that are not,
// and in what.
func TestAgree(t *testing.T) {
	linktest.Each(4, func(_ int, link *linktest.Link) {
		if err := distributed.CheckEqual(link, map[string]string{"spec": "a", "data": "b"}); err != nil {
			t.Errorf("got error %v of ranks that are alike", err)
		}
	})
	linktest.Each(4, func(rank int, link *linktest.Link) {
		spec := "a"
		if rank == 2 {
			spec = "another"
		}
		err := distributed.CheckEqual(link, map[string]string{"spec": spec, "data": "b"})
		if want := "rank 2 (host 2): got another spec than rank 0 (host 0)"; err == nil || !strings.HasSuffix(err.Error(), want) || strings.Contains(err.Error(), "data") {
			t.Errorf("rank %d: got error %v, want %q", rank, err, want)
		}
	})
}
