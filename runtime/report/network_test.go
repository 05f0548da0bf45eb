package report

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resnetgen/resnetgen/runtime/network"
)

var whole = network.Info{
	Name: "small", SpecHash: "abc", Generator: "1.2.3", Input: [3]int{4, 4, 1},
	Preprocess: network.Preprocess{Resize: 5, Fit: "crop", Interpolation: "bilinear", Channels: "rgb"}, Mean: []float64{0.25}, Std: []float64{0.5},
	Classes: 3, Batch: 5, EvalBatch: 2, Optimizer: "mom", Parameters: 1051, MACs: 2048,
	ArenaBytes: 4096, ScratchBytes: 1024, InferBytes: 512, TensorBytes: 60, LiveBytes: 60,
	Layers: []network.Layer{
		{Name: "conv", Op: "3×3", In: [3]int{4, 4, 1}, Out: [3]int{4, 4, 8}, Parameters: 72, MACs: 2000, Algorithm: "direct", Offset: 64},
		{Name: "logit", Op: "fully connected", In: [3]int{1, 1, 8}, Out: [3]int{1, 1, 3}, Parameters: 979, MACs: 48, Algorithm: "direct"},
	},
	Variables: []network.VariableInfo{{Name: "conv/DW", Shape: []int{3, 3, 1, 8}, Trainable: true}},
}

func TestNetworkPrint(t *testing.T) {
	var out strings.Builder
	said := NetworkOf(&whole)
	if err := said.Print(&out); err != nil {
		t.Fatal(err)
	}
	const want = `small: 4×4×1 images, 3 classes, batch 5 (eval 2), optimizer mom

stage  out    blocks           parameters  MACs
conv   4×4×8  3×3, 8           72          2,000
logit  1×1×3  fully connected  979         48

#  layer  op               in     out    parameters  MACs   algorithm
0  conv   3×3              4×4×1  4×4×8  72          2,000  direct
1  logit  fully connected  1×1×8  1×1×3  979         48     direct
   total                                 1,051       2,048

buffer  shape  bytes  offset  lives from  until
tensors of a batch: planned peak 60 bytes (60 B), lower bound 60 bytes (60 B) (the largest live set)

memory: 4,096 bytes (4.0 KiB) arena, 1,024 bytes (1.0 KiB) scratch a worker; to predict, 512 bytes (512 B) a worker
images: resized to a shorter side of 5 (bilinear), cropped to 4×4
images: standardized by the means [0.25] and the deviations [0.5]
made:   by resnetgen 1.2.3
spec:   sha256 abc
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("−want +got:\n%s", diff)
	}
}

func TestNetworkJSON(t *testing.T) {
	got, err := json.Marshal(NetworkOf(&whole))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"name":"small","spec_sha256":"abc","generator":"1.2.3","input":[4,4,1],` +
		`"preprocess":{"resize":5,"fit":"crop","interpolation":"bilinear","channels":"rgb"},"mean":[0.25],"std":[0.5],"classes":3,` +
		`"batch":5,"eval_batch":2,"optimizer":"mom","parameters":1051,"macs":2048,"arena_bytes":4096,"scratch_bytes":1024,` +
		`"infer_bytes_per_worker":512,"planned_peak_bytes":60,"lower_bound_bytes":60,"buffers":[],"stages":[` +
		`{"name":"conv","out":[4,4,8],"blocks":"3×3, 8","parameters":72,"macs":2000},` +
		`{"name":"logit","out":[1,1,3],"blocks":"fully connected","parameters":979,"macs":48}],"layers":[` +
		`{"name":"conv","unit":"","op":"3×3","in":[4,4,1],"out":[4,4,8],"parameters":72,"macs":2000,"algorithm":"direct","arena_offset":64},` +
		`{"name":"logit","unit":"","op":"fully connected","in":[1,1,8],"out":[1,1,3],"parameters":979,"macs":48,"algorithm":"direct","arena_offset":0}],` +
		`"variables":[{"name":"conv/DW","shape":[3,3,1,8],"layout":"HWIO","trainable":true}]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("−want +got:\n%s", diff)
	}
}
