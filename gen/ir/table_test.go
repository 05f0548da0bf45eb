package ir

import (
	"strings"
	"testing"
)

// TestTable walks all kinds through the table of operations.
func TestTable(t *testing.T) {
	names := map[string]bool{}
	for _, k := range Kinds() {
		row := k.info() // panics where there is none
		if names[row.name] {
			t.Errorf("got two kinds %q, want a name for each", row.name)
		}
		names[row.name] = true
		if row.barrier && len(row.operands) > 0 {
			t.Errorf("%s: got a barrier that reads a tensor of an image", k)
		}
		if row.inPlace && len(row.operands) == 0 {
			t.Errorf("%s: got an operation in place without an operand", k)
		}
		if (row.partial != nil) && !row.groups {
			t.Errorf("%s: adds to the gradients of a group, but to no sums of a group", k)
		}
		if row.products && row.weights == nil {
			t.Errorf("%s: takes a convolution's products, but reads no weights", k)
		}
	}
}

// TestNoSuchKind holds that an operation that the table does not have is a panic with its number,
// and never passed over.
func TestNoSuchKind(t *testing.T) {
	for _, k := range []Kind{-1, numKinds} {
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.Contains(text, "is not in the table") {
					t.Errorf("%d: got %q, want a panic that it is not in the table", int(k), text)
				}
			}()
			k.PerBatch()
		}()
	}
}

// TestDifferentiateNames holds that an operation of a forward pass without a derivative is named.
func TestDifferentiateNames(t *testing.T) {
	g := small()
	g.Add(&Op{Kind: OpHalo, Layer: "unit_1_0/sub1", In: g.Tensors[1:2], Out: g.NewTensor("init", "haloed", "y", g.Tensors[1].Shape)})
	if err := Differentiate(g); err == nil || err.Error() != "halo of unit_1_0/sub1 has no derivative" {
		t.Errorf("got error %v, want the operation and its layer", err)
	}
}
