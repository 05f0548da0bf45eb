package dashboard

import (
	"cmp"
	"net"
	"path/filepath"
	"time"

	"github.com/resnetgen/resnetgen/asm/cpu"
	"github.com/resnetgen/resnetgen/runtime/internal/loopback"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train"
	"github.com/resnetgen/resnetgen/runtime/train/eval"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// pointInterval is the training time between two points of the curves: a point is the mean of the
// steps in it.
const pointInterval = 500 * time.Millisecond

// observer tells the hub how a run goes. What it does in a step is a few sums; twice a second it
// writes a line of JSON for each page, and every few seconds it has a step's phases timed.
type observer struct {
	hub      *hub
	listener net.Listener
	server   *server
	view     *train.RunView
	layers   *layers
	progress progress
	ranks    ranks

	// Since the last point.
	throughput     train.Throughput
	steps          int
	loss, accuracy float64
	left           time.Duration // a smoothed guess of a step's time
}

func newObserver(l net.Listener) *observer { return &observer{hub: newHub(), listener: l} }

// Name is what messages call the observer.
func (o *observer) Name() string { return name }

func (o *observer) Watch(v *train.RunView) error {
	o.view = v
	o.layers = newLayers(v)
	o.hub.state = state{
		Run: runInfo{
			Name: filepath.Base(string(v.Out)), Network: v.Info.Name, Data: v.Train.Name, EvalPart: cmp.Or(v.EvalPart, "test"), Parameters: v.Info.Parameters,
			Batch: min(v.Info.Batch, v.Train.Len()), Threads: v.Net.Threads(), CPU: cpu.String(),
		},
		Status: "training", Curves: v.Before,
	}
	folder, own := filepath.Split(filepath.Clean(string(v.Out)))
	o.server = newServer(o.hub, filepath.Clean(folder), own, v.Info, loopback.IsLocalListener(o.listener))
	o.server.serve(o.listener)
	v.Log("dashboard: http://%s/", o.listener.Addr())
	if !loopback.IsLocalListener(o.listener) {
		v.Log("the dashboard can be read from other machines, by anybody: %s is not a loopback address", o.listener.Addr())
	}
	return nil
}

func (o *observer) Start(done, total, perEpoch int) {
	o.progress = progress{Step: done, Total: total, PerEpoch: perEpoch}
	o.hub.change("progress", o.progress, func(s *state) { s.Progress = o.progress })
}

func (o *observer) Step(step int, m network.Metrics, rate float64, took time.Duration) {
	o.throughput.Add(m.Images, took)
	o.steps++
	o.loss += m.Loss
	o.accuracy += m.Accuracy()
	if o.left == 0 {
		o.left = took
	}
	o.left += (took - o.left) / 16
	if table := o.layers.step(m.Images, took); table != nil {
		o.hub.change("layers", table, func(s *state) { s.Layers = table })
	}
	if o.throughput.Elapsed() < pointInterval && step > 1 && step < o.progress.Total {
		return
	}
	o.tell(step, rate)
}

// tell adds a point.
func (o *observer) tell(step int, rate float64) {
	n := float64(o.steps)
	o.progress.Step, o.progress.Seconds = step, float64(o.progress.Total-step)*o.left.Seconds()
	o.tellRanks()
	p := &point{o.progress, o.loss / n, rate, o.accuracy / n, o.throughput.Rate()}
	o.steps, o.loss, o.accuracy = 0, 0, 0
	o.hub.change("point", p, func(s *state) {
		s.Progress = p.Progress
		add(s.Curves, p)
	})
}

func (o *observer) Tested(step int, t *eval.Test) {
	result := newTestResult(step, t, o.view.Classes)
	o.hub.change("test", result, func(s *state) { s.Test = result })
}

// evaluation is an addition to the test set's curves.
type evaluation struct {
	Step     int     `json:"step"`
	Epoch    int     `json:"epoch"`
	Accuracy float64 `json:"accuracy"`
	Best     float64 `json:"best"`
	Loss     float64 `json:"loss"`
}

func (o *observer) Evaluated(step, epoch int, m network.Metrics, _ bool) {
	e := evaluation{step, epoch, m.Accuracy(), m.Accuracy(), m.Loss}
	if best := o.hub.state.Curves.Test.Best; len(best) > 0 { // no other goroutine changes it
		e.Best = max(e.Best, best[len(best)-1])
	}
	o.hub.change("evaluation", e, func(s *state) {
		s.Curves.Final = nil // it is of the end
		t := &s.Curves.Test
		t.Steps = append(t.Steps, e.Step)
		t.Epochs = append(t.Epochs, e.Epoch)
		t.Accuracy = append(t.Accuracy, e.Accuracy)
		t.Best = append(t.Best, e.Best)
		t.Loss = append(t.Loss, e.Loss)
	})
}

// Final tells how the test part fared at the end.
func (o *observer) Final(f runs.Final) {
	o.hub.change("final", f, func(s *state) { s.Curves.Final = &f })
}

// Stop tells the pages that no more comes, and ends the server.
func (o *observer) Stop() {
	status := "stopped"
	if o.progress.Step >= o.progress.Total {
		status = "done"
	}
	o.hub.change("end", status, func(s *state) { s.Status = status })
	o.server.end()
}
