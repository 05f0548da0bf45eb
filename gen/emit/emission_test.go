package emit

import (
	"testing"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// TestEmissions walks all kinds through the table of code: each has some, where it can stand.
func TestEmissions(t *testing.T) {
	for _, k := range ir.Kinds() {
		e := emissionOf(&ir.Op{Kind: k}) // panics where there is none
		onImages := e.image != nil || e.inference != nil
		between := e.barrier != nil || e.products != nil || e.reduce != nil
		if onImages == between {
			t.Errorf("%s: got code on images %v, between phases %v, want one of them", k, onImages, between)
		}
		if between != k.Between() {
			t.Errorf("%s: got code between phases %v, want %v", k, between, k.Between())
		}
	}
	if len(emissions) != len(ir.Kinds()) {
		t.Errorf("got code for %d kinds, want it for %d", len(emissions), len(ir.Kinds()))
	}
}
