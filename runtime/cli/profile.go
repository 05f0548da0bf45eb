package cli

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/asm/cpu"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/roofline"
)

// profileJSON is what profile --json prints.
type profileJSON struct {
	Name          string      `json:"name"`
	Batch         int         `json:"batch"`
	Threads       int         `json:"threads"`
	CPU           string      `json:"cpu"`
	PeakGFLOPS    float64     `json:"peak_gflops"`             // of all threads, measured in this run
	BandwidthGBps float64     `json:"bandwidth_gb_per_second"` // likewise
	Transforms    float64     `json:"transforms_per_second"`   // likewise: elements of Winograd's planes
	StepMS        float64     `json:"step_ms"`                 // of the wall clock: the median of the steps
	PhasesMS      float64     `json:"phases_ms"`               // the sum of that step's phases
	Accounted     float64     `json:"share_of_step_in_phases"` // PhasesMS / StepMS
	Bounds        []boundJSON `json:"bounds"`
	Phases        []phaseJSON `json:"phases"`
}

type phaseJSON struct {
	Name      string  `json:"name"`
	Pass      string  `json:"pass"`
	MS        float64 `json:"ms"`
	Share     float64 `json:"share"` // of the step
	GFLOPS    float64 `json:"gflops"`
	Peak      float64 `json:"share_of_peak"` // more than 1 where Winograd's algorithm saves products
	Bytes     int64   `json:"bytes"`
	GBps      float64 `json:"gb_per_second"`
	Bandwidth float64 `json:"share_of_bandwidth"`
	Bound     string  `json:"bound"`
	Roofline  float64 `json:"share_of_bound"` // the least time that the bound allows, over the time
}

// boundJSON is the share of the step that a bound has.
type boundJSON struct {
	Bound string  `json:"bound"`
	Share float64 `json:"share"`
}

func (a *app) profileCommand() *cobra.Command {
	steps, asJSON := 0, false
	c := &cobra.Command{
		Use: "profile", Short: "print time, speed, memory traffic and bottleneck of each layer and pass", Args: cobra.NoArgs,
		Long: `profile runs training steps on random images and prints the phases of the median step.

- GFLOP/s counts the operations of direct convolutions, padding included. The peak is that of fused
  multiply-adds.
- MB is the traffic of a phase: the batch's tensors that it reads and writes, and its weights.
- Peak, memory bandwidth and the speed of Winograd's transforms are measured in the same run, with
  as many threads.

A phase is bound by what its algorithm would need longest for, alone and at the measured speed: the
products (compute), the bytes (memory) or Winograd's transforms. The last column is that time's
share of the phase's. Where no share is a quarter, the phase is bound by overhead: norms, packing,
or waiting.`,
		RunE: func(*cobra.Command, []string) error {
			if steps < 1 || steps > 10000 {
				return fmt.Errorf("--steps: got %d, want 1 to 10000", steps)
			}
			p, err := a.profile(steps)
			if err != nil {
				return err
			}
			if asJSON {
				return a.json(p)
			}
			return a.printProfile(p)
		},
	}
	a.threadsFlag(c)
	c.Flags().IntVar(&steps, "steps", 5, "steps to measure, after one to warm up")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (a *app) profile(steps int) (*profileJSON, error) {
	net, err := a.build()
	if err != nil {
		return nil, err
	}
	defer net.Close()
	step := a.medianStep(net, steps)
	r := roofline.Measure(net.Threads())
	p := &profileJSON{
		Name: a.Info.Name, Batch: a.Info.Batch, Threads: net.Threads(), CPU: cpu.String(),
		PeakGFLOPS: r.FLOPS / 1e9, BandwidthGBps: r.Bytes / 1e9, Transforms: r.Transforms, StepMS: milliseconds(step.wall),
	}
	for k := range a.Info.Phases {
		row := a.phase(k, time.Duration(step.phases[k]), r)
		p.PhasesMS += row.MS
		p.Phases = append(p.Phases, row)
	}
	p.share()
	return p, nil
}

// timedStep is a training step's time on the wall and, in nanoseconds, in each phase.
type timedStep struct {
	wall   time.Duration
	phases []int64
}

// medianStep times steps one by one, after one that warms up, and returns the one whose time is the
// median: its phases add up to no more than its time.
func (a *app) medianStep(net network.Network, steps int) timedStep {
	images, labels := a.randomBatch(a.Info.Batch)
	network.Initialize(net.Variables(), 1)
	net.TrainStep(images, labels, 0.01)
	timed := make([]timedStep, steps)
	for i := range timed {
		times := network.Profile{Nanoseconds: make([]int64, len(a.Info.Phases))}
		net.Profile(&times)
		start := time.Now()
		net.TrainStep(images, labels, 0.01)
		timed[i] = timedStep{time.Since(start), times.Nanoseconds}
	}
	net.Profile(nil)
	slices.SortFunc(timed, func(a, b timedStep) int { return cmp.Compare(a.wall, b.wall) })
	return timed[(steps-1)/2]
}

// phase describes phase k, which took so long.
func (a *app) phase(k int, took time.Duration, r roofline.Roofs) phaseJSON {
	phase, n := &a.Info.Phases[k], a.Info.Batch
	row := phaseJSON{Name: phase.Name, Pass: phase.Pass, MS: milliseconds(took), Bytes: phase.Bytes(n), Bound: roofline.ByOverhead}
	seconds := took.Seconds()
	if seconds == 0 {
		return row // of a clock that is too coarse
	}
	flops, shares := float64(phase.FLOPs)*float64(n)/seconds, r.Of(phase, n, seconds)
	row.GFLOPS, row.Peak = flops/1e9, flops/r.FLOPS
	row.GBps, row.Bandwidth = float64(row.Bytes)/seconds/1e9, shares.Memory
	row.Bound, row.Roofline = shares.Bound()
	return row
}

// share sets the shares of the step.
func (p *profileJSON) share() {
	if p.StepMS == 0 {
		return // of a clock that is too coarse
	}
	p.Accounted = p.PhasesMS / p.StepMS
	bounds := map[string]float64{}
	for k := range p.Phases {
		row := &p.Phases[k]
		row.Share = row.MS / p.StepMS
		bounds[row.Bound] += row.Share
	}
	for _, name := range []string{roofline.ByCompute, roofline.ByMemory, roofline.ByTransforms, roofline.ByOverhead} {
		p.Bounds = append(p.Bounds, boundJSON{name, bounds[name]})
	}
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1e3 }
