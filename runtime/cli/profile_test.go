package cli

import (
	"math"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/roofline"
)

// TestPhaseRow computes a row from a time and roofs by hand: the network's phase has 72 operations
// an image, half of them taken, and 96 bytes an image and 616 once, of 4 images.
func TestPhaseRow(t *testing.T) {
	info := fakenet.Info
	info.Phases = append(info.Phases[:0:0], info.Phases...)
	info.Phases[0].Products = info.Phases[0].FLOPs / 2
	a := &app{Program: Program{Info: &info}}
	got := a.phase(0, time.Microsecond, roofline.Roofs{FLOPS: 1e9, Bytes: 2e9, Transforms: 1e9})
	want := phaseJSON{Name: "logit", Pass: "forward", MS: 0.001, GFLOPS: 0.288, Peak: 0.288, Bytes: 1000, GBps: 1, Bandwidth: 0.5, Bound: roofline.ByMemory, Roofline: 0.5}
	for _, x := range []*float64{&got.GFLOPS, &got.Peak, &got.GBps, &got.Bandwidth, &got.Roofline} {
		*x = math.Round(*x*1e9) / 1e9
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if idle := a.phase(0, 0, roofline.Roofs{FLOPS: 1e9, Bytes: 2e9}); idle.GFLOPS != 0 || idle.Bound != roofline.ByOverhead {
		t.Errorf("no time: got %+v, want no speed", idle)
	}
}

// TestMedianStep holds that the phases are those of one step, and fewer than its time.
func TestMedianStep(t *testing.T) {
	a := &app{Program: Program{Info: &fakenet.Info}}
	net := fakenet.New(network.Options{Threads: 1})
	for _, steps := range []int{1, 2, 5} {
		if got := a.medianStep(net, steps); got.wall <= 0 || got.phases[0] != 1000 {
			t.Errorf("%d steps: got %+v, want the 1000 ns that the network says of a step", steps, got)
		}
	}
}
