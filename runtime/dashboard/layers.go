package dashboard

import (
	"slices"
	"time"

	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/nn"
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
	Bound    string  `json:"bound"`    // what that least time is of: compute or memory
}

// sampleInterval is the time between two steps whose phases are timed.
const sampleInterval = 3 * time.Second

// layers has a step's phases timed now and then. The table is the mean of all samples.
type layers struct {
	view     *train.View
	times    *nn.Profile
	images   int       // of the timed steps
	timing   bool      // the step that comes is timed
	sampled  time.Time // when the last was
	peak     float64   // floating-point operations a second, of all threads
	memory   float64   // bytes a second, of all threads
	warmedUp bool
}

// newLayers measures what the machine can do.
func newLayers(v *train.View) *layers {
	threads := v.Net.Threads()
	return &layers{
		view: v, times: &nn.Profile{Nanoseconds: make([]int64, len(v.Info.Phases))},
		peak: f32.PeakFLOPS() * float64(threads), memory: bandwidth(threads),
	}
}

// step comes after each training step. It returns the table if that step was timed, else nil.
func (l *layers) step(images int) *layerTable {
	if l.timing {
		l.timing, l.sampled = false, time.Now()
		l.view.Net.Profile(nil)
		l.images += images
		return l.table()
	}
	// The first step warms the caches up.
	if l.warmedUp && time.Since(l.sampled) >= sampleInterval {
		l.timing = true
		l.view.Net.Profile(l.times)
	}
	l.warmedUp = true
	return nil
}

func (l *layers) table() *layerTable {
	if l.times.Steps == 0 {
		return nil
	}
	t := &layerTable{Steps: l.times.Steps, PeakGFLOPS: l.peak / 1e9, GBps: l.memory / 1e9}
	for k, phase := range l.view.Info.Phases {
		seconds := float64(l.times.Nanoseconds[k]) / 1e9
		row := layer{Name: phase.Name, Pass: phase.Pass, MS: 1e3 * seconds / float64(t.Steps)}
		t.StepMS += row.MS
		if seconds > 0 {
			images := float64(l.images)
			row.GFLOPS = float64(phase.FLOPs) * images / seconds / 1e9
			compute, memory := float64(phase.FLOPs)*images/l.peak, float64(traffic(l.view.Info, &phase))*images/l.memory
			row.Roofline, row.Bound = compute/seconds, "compute"
			if memory > compute {
				row.Roofline, row.Bound = memory/seconds, "memory"
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// traffic is the fewest bytes that a phase moves for an image: its layer's input and output, forward; the input, the
// output's gradient and the input's, backward. Weights, which the whole batch shares, are left out. 0 for
// phases of no layer.
func traffic(info *nn.Info, phase *nn.Phase) int {
	k := slices.IndexFunc(info.Layers, func(l nn.Layer) bool { return l.Name == phase.Name })
	if k < 0 {
		return 0
	}
	size := func(s [3]int) int { return 4 * s[0] * s[1] * s[2] }
	in, out := size(info.Layers[k].In), size(info.Layers[k].Out)
	switch phase.Pass {
	case "forward":
		return in + out
	case "backward":
		return in + out + in
	}
	return 0
}
