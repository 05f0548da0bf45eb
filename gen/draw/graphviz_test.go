//go:build campaign

package draw_test

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/gen/draw"
)

// TestGraphviz holds that Graphviz draws every operation and edge of what [draw.DOT] returns.
func TestGraphviz(t *testing.T) {
	for _, name := range []string{"resnet20", "resnet164"} {
		info := fromZoo(t, name)
		cmd := exec.Command("dot", "-Tsvg")
		var complaints bytes.Buffer
		cmd.Stdin, cmd.Stderr = bytes.NewReader(draw.DOT(info)), &complaints
		picture, err := cmd.Output()
		if err != nil || complaints.Len() > 0 {
			t.Fatalf("%s: dot -Tsvg: %v\n%s", name, err, complaints.String())
		}
		edges := 0
		for _, op := range info.Ops {
			edges += len(op.In)
		}
		all, text := elements(t, picture)
		if got := count(all, "g", "node"); got != len(info.Ops) {
			t.Errorf("%s: got %d nodes, want %d", name, got, len(info.Ops))
		}
		if got := count(all, "g", "edge"); got != edges {
			t.Errorf("%s: got %d edges, want %d", name, got, edges)
		}
		if !strings.Contains(text, "unit_last") {
			t.Errorf("%s: got a picture without the last unit's name", name)
		}
	}
}
