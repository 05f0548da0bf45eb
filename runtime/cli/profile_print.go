package cli

import (
	"fmt"
	"text/tabwriter"
)

// printProfile writes the phases as a table, and under it what they come to.
func (a *app) printProfile(p *profileJSON) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "layer\tpass\tms\tshare\tGFLOP/s\tof peak\tMB\tGB/s\tof memory\tbound by\tof bound\t\n") // Flush reports what went wrong
	for _, r := range p.Phases {
		speed, peak := "", ""
		if r.GFLOPS > 0 {
			speed, peak = fmt.Sprintf("%.1f", r.GFLOPS), percent(r.Peak)
		}
		fmt.Fprintf(w, "%s\t%s\t%.3f\t%.1f %%\t%s\t%s\t%.2f\t%.1f\t%s\t%s\t%s\t\n",
			r.Name, r.Pass, r.MS, 100*r.Share, speed, peak, float64(r.Bytes)/1e6, r.GBps, percent(r.Bandwidth), r.Bound, percent(r.Roofline))
	}
	if err := w.Flush(); err != nil {
		return failure{fmt.Errorf("write output: %w", err)}
	}
	if err := a.printf("\nbatch %d, %d threads; measured: peak %.1f GFLOP/s, memory %.1f GB/s, transforms %.1f G/s\n%s\nbound by",
		p.Batch, p.Threads, p.PeakGFLOPS, p.BandwidthGBps, p.Transforms/1e9, p.CPU); err != nil {
		return err
	}
	for i, b := range p.Bounds {
		if err := a.printf("%s %s %s", map[bool]string{true: ","}[i > 0], b.Bound, percent(b.Share)); err != nil {
			return err
		}
	}
	return a.printf(" of the step\nphases %.2f ms of a step of %.2f ms, the median: %.2f %%\n", p.PhasesMS, p.StepMS, 100*p.Accounted)
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }
