package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/asm/cpu"
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/nn"
)

// profileJSON is what profile --json prints.
type profileJSON struct {
	Name       string      `json:"name"`
	Batch      int         `json:"batch"`
	Threads    int         `json:"threads"`
	CPU        string      `json:"cpu"`
	PeakGFLOPS float64     `json:"peak_gflops"` // of all threads, measured in this run
	StepMS     float64     `json:"step_ms"`
	Phases     []phaseJSON `json:"phases"`
}

type phaseJSON struct {
	Name   string  `json:"name"`
	Pass   string  `json:"pass"`
	MS     float64 `json:"ms"`
	Share  float64 `json:"share"` // of the step
	GFLOPS float64 `json:"gflops"`
	Peak   float64 `json:"share_of_peak"`
}

func (a *app) profileCommand() *cobra.Command {
	steps, asJSON := 0, false
	c := &cobra.Command{
		Use: "profile", Short: "print the time, speed and share of the CPU's peak of each layer and pass", Args: cobra.NoArgs,
		Long: `profile runs training steps on random images. Speed counts the convolutions' operations as direct convolution, padding
included; the peak is that of fused multiply-adds, measured in the same run.`,
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
	c.Flags().IntVar(&steps, "steps", 5, "steps to measure, after one that is not")
	c.Flags().BoolVar(&asJSON, "json", false, "for other programs")
	return c
}

func (a *app) profile(steps int) (*profileJSON, error) {
	net, err := a.build()
	if err != nil {
		return nil, err
	}
	defer net.Close()
	i := a.Info
	images, labels := a.randomBatch(i.Batch)
	nn.Initialize(net.Variables(), 1)
	net.TrainStep(images, labels, 0.01)
	times := &nn.Profile{Nanoseconds: make([]int64, len(i.Phases))}
	net.Profile(times)
	for range steps {
		net.TrainStep(images, labels, 0.01)
	}
	p := &profileJSON{
		Name: i.Name, Batch: i.Batch, Threads: net.Threads(), CPU: cpu.String(),
		PeakGFLOPS: f32.PeakFLOPS() / 1e9 * float64(net.Threads()),
	}
	for k, phase := range i.Phases {
		ms := float64(times.Nanoseconds[k]) / 1e6 / float64(steps)
		row := phaseJSON{Name: phase.Name, Pass: phase.Pass, MS: ms}
		if ms > 0 {
			row.GFLOPS = float64(phase.FLOPs) * float64(i.Batch) / ms / 1e6
			row.Peak = row.GFLOPS / p.PeakGFLOPS
		}
		p.StepMS += ms
		p.Phases = append(p.Phases, row)
	}
	for k := range p.Phases {
		if p.StepMS == 0 {
			break // of a clock that is too coarse
		}
		p.Phases[k].Share = p.Phases[k].MS / p.StepMS
	}
	return p, nil
}

func (a *app) printProfile(p *profileJSON) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "layer\tpass\tms\tshare\tGFLOP/s\tof peak\t\n") // Flush reports what went wrong
	for _, r := range p.Phases {
		speed, peak := "", ""
		if r.GFLOPS > 0 {
			speed, peak = fmt.Sprintf("%.1f", r.GFLOPS), fmt.Sprintf("%.0f %%", 100*r.Peak)
		}
		fmt.Fprintf(w, "%s\t%s\t%.3f\t%.1f %%\t%s\t%s\t\n", r.Name, r.Pass, r.MS, 100*r.Share, speed, peak)
	}
	if err := w.Flush(); err != nil {
		return failure{fmt.Errorf("write output: %w", err)}
	}
	return a.printf("step %.2f ms, batch %d, %d threads, peak %.1f GFLOP/s\n%s\n", p.StepMS, p.Batch, p.Threads, p.PeakGFLOPS, p.CPU)
}
