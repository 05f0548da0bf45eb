package report

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resnetgen/resnetgen/runtime/network"
)

var info = network.Info{
	TensorBytes: 3000, LiveBytes: 2048,
	Phases: []network.Phase{{Name: "init", Pass: "forward"}, {Name: "logit", Pass: "forward"}, {Name: "init", Pass: "backward"}},
	Buffers: []network.Buffer{
		{Name: "variables", Bytes: 128},
		{Name: "init/out", Shape: []int{2, 4, 4, 8}, Bytes: 1024, Offset: 128, First: 0, Last: 2},
	},
}

func TestMemoryPrint(t *testing.T) {
	var out strings.Builder
	plan := MemoryOf(&info)
	if err := plan.Print(&out); err != nil {
		t.Fatal(err)
	}
	const want = `buffer     shape    bytes  offset  lives from    until
variables           128    0       always        
init/out   2×4×4×8  1024   128     init forward  init backward
tensors of a batch: planned peak 3,000 bytes (2.9 KiB), lower bound 2,048 bytes (2.0 KiB) (the largest live set)
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("−want +got:\n%s", diff)
	}
}

func TestMemoryJSON(t *testing.T) {
	got, err := json.Marshal(MemoryOf(&info))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"planned_peak_bytes":3000,"lower_bound_bytes":2048,"buffers":[` +
		`{"name":"variables","bytes":128,"offset":0},` +
		`{"name":"init/out","shape":[2,4,4,8],"bytes":1024,"offset":128,` +
		`"from":{"phase":0,"name":"init","pass":"forward"},"until":{"phase":2,"name":"init","pass":"backward"}}]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("−want +got:\n%s", diff)
	}
}
