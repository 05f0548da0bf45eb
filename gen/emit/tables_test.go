package emit

import (
	"fmt"
	"go/format"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resnetgen/resnetgen/gen/ir"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/spec"
)

// TestTablesAreFormatted holds that gofmt leaves tables of all widths of numbers unchanged.
func TestTablesAreFormatted(t *testing.T) {
	for _, rows := range []int{1, 2, 8, 9, 10, 11, 99, 100, 101, 1001} {
		t.Run(fmt.Sprintf("rows=%d", rows), func(t *testing.T) {
			info := &network.Info{
				Layers: make([]network.Layer, rows), Ops: make([]network.Op, rows), Variables: make([]network.VariableInfo, rows),
				Phases: make([]network.Phase, rows), Buffers: make([]network.Buffer, rows),
			}
			g := &ir.Graph{}
			for i := range rows {
				info.Layers[i] = network.Layer{Name: "a\"\\\n\u2028b", Op: "3×3", Algorithm: "direct"}
				info.Ops[i] = network.Op{Kind: network.GlobalPool, In: []int{i, i}, Kernel: 3, Stride: i, Shortcut: i%2 == 0}
				info.Variables[i] = network.VariableInfo{Shape: []int{3, i}, Trainable: true, Decayed: true, Scale: 1e-9}
				info.Phases[i] = network.Phase{FLOPs: 1 << 40, Products: int64(i), BatchBytes: 7}
				info.Buffers[i] = network.Buffer{Shape: make([]int, i%5), First: i}
				g.Variables = append(g.Variables, &ir.Variable{Offset: int64(i)})
			}
			e := &emitter{Input: Input{Graph: g, Info: info, Net: &spec.Net{Name: "net"}, LicenceLine: "SPDX-License-Identifier: MIT"}}
			got := e.tablesFile()
			want, err := format.Source(got)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("gofmt (−) and output (+) differ:\n%s", diff)
			}
		})
	}
}
