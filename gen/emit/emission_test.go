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
		if between != k.PerBatch() {
			t.Errorf("%s: got code between phases %v, want %v", k, between, k.PerBatch())
		}
	}
	if len(emissions) != len(ir.Kinds()) {
		t.Errorf("got code for %d kinds, want it for %d", len(emissions), len(ir.Kinds()))
	}
}

// TestBufferNames holds that buffers of different layouts have different names.
func TestBufferNames(t *testing.T) {
	names := map[string]ir.Buffer{}
	for _, layout := range []ir.Layout{{}, {Halo: 1}, {Halo: 2}, {Halo: 3}, {Tiled: true}, {Halo: 1, Tiled: true}} {
		for slot := range 3 {
			b := ir.Buffer{Shape: ir.Shape{H: 16, W: 16, C: 8}, Layout: layout, Slot: slot}
			if other, taken := names[bufferName(b)]; taken {
				t.Errorf("got %s for %+v and %+v, want a name for each", bufferName(b), b, other)
			}
			names[bufferName(b)] = b
		}
	}
}
