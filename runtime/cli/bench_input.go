package cli

import (
	"slices"
	"time"

	"github.com/resnetgen/resnetgen/asm/cpu"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/input"
)

// benchInputJSON is what bench --mode input --json prints.
type benchInputJSON struct {
	Name         string    `json:"name"`
	Data         string    `json:"data"`
	Batch        int       `json:"batch"`
	Threads      int       `json:"threads"`
	CPU          string    `json:"cpu"`
	StepMS       timeStats `json:"step_ms"`
	RepeatedMS   timeStats `json:"repeated_step_ms"`
	OverRepeated float64   `json:"over_repeated"` // of the medians
}

// benchInput measures training steps on images that are prepared as train does beside steps on one
// batch.
func (a *app) benchInput(d *dataFlags, f *benchFlags) error {
	parts, err := a.loadData(d, a.trainingOptions(d, a.note))
	if err != nil {
		return err
	}
	set := parts.Train
	net, err := a.build()
	if err != nil {
		return err
	}
	defer net.Close()
	network.Initialize(net.Variables(), 1)
	const rounds = 5
	times := input.Measure(a.Info, net, set, a.Recipe.Augment, rounds, f.steps)
	result := benchInputJSON{
		Name: a.Info.Name, Data: set.Name, Batch: min(a.Info.Batch, set.Len()), Threads: net.Threads(), CPU: cpu.String(),
		StepMS: timeStatsOf(times.Prepared), RepeatedMS: timeStatsOf(times.Repeated),
	}
	result.OverRepeated = result.StepMS.Median / result.RepeatedMS.Median
	if f.json {
		return a.json(result)
	}
	return a.printf("%s on %s, batch %d, %d threads: step %.2f ms with prepared images, %.2f ms with one batch: ratio %.4f\n",
		result.Name, result.Data, result.Batch, result.Threads, result.StepMS.Median, result.RepeatedMS.Median, result.OverRepeated)
}

func timeStatsOf(times []time.Duration) timeStats {
	slices.Sort(times)
	n := len(times)
	return timeStats{milliseconds(times[0]), milliseconds(times[(n-1)/2]+times[n/2]) / 2, milliseconds(times[n-1])}
}
