package dashboard

import (
	"time"

	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/roofline"
	"github.com/resnetgen/resnetgen/runtime/train"
)

// layerTable is the time of each phase of a step.
type layerTable struct {
	Steps      int     `json:"steps"` // that were timed
	StepMS     float64 `json:"step_ms"`
	PeakGFLOPS float64 `json:"peak_gflops"` // of all threads
	GBps       float64 `json:"gbps"`        // of the memory
	Rows       []layer `json:"rows"`
}

// layer is a phase's time and how near it is to the roofline.
type layer struct {
	Name     string  `json:"name"`
	Pass     string  `json:"pass"`
	MS       float64 `json:"ms"`
	GFLOPS   float64 `json:"gflops"`
	Roofline float64 `json:"roofline"` // the least time that the machine's peaks allow, over the time; 0: not known
	Bound    string  `json:"bound"`    // compute, memory, transforms or overhead
}

// sampleInterval is the training time between two steps whose phases are timed.
const sampleInterval = 3 * time.Second

// layers has a step's phases timed now and then. The table is the mean of all samples.
type layers struct {
	view   *train.RunView
	times  *network.Profile
	images int           // of the timed steps
	timing bool          // the step that comes is timed
	since  time.Duration // the time of the steps after the last that was
	roofs  roofline.Roofs
}

// newLayers measures what the machine can do. The first step, which warms the caches up, is not
// timed; the second is.
func newLayers(v *train.RunView) *layers {
	return &layers{
		view: v, times: &network.Profile{Nanoseconds: make([]int64, len(v.Info.Phases))},
		roofs: roofline.Measure(v.Net.Threads()), since: sampleInterval,
	}
}

// step comes after each training step. It returns the table if that step was timed, else nil.
func (l *layers) step(images int, took time.Duration) *layerTable {
	if l.timing {
		l.timing, l.since = false, 0
		l.view.Net.Profile(nil)
		l.images += images
		return l.table()
	}
	if l.since += took; l.since >= sampleInterval {
		l.timing = true
		l.view.Net.Profile(l.times)
	}
	return nil
}

func (l *layers) table() *layerTable {
	if l.times.Steps == 0 {
		return nil
	}
	t := &layerTable{Steps: l.times.Steps, PeakGFLOPS: l.roofs.FLOPS / 1e9, GBps: l.roofs.Bytes / 1e9}
	for k, phase := range l.view.Info.Phases {
		seconds := float64(l.times.Nanoseconds[k]) / 1e9
		row := layer{Name: phase.Name, Pass: phase.Pass, MS: 1e3 * seconds / float64(t.Steps)}
		t.StepMS += row.MS
		if seconds > 0 {
			row.GFLOPS = float64(phase.FLOPs) * float64(l.images) / seconds / 1e9
			shares := l.roofs.Of(&phase, l.images/t.Steps, seconds/float64(t.Steps))
			row.Bound, row.Roofline = shares.Bound()
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
