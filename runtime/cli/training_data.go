package cli

import (
	"fmt"

	"github.com/resnetgen/resnetgen/asm/cpu"
	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/train"
	"github.com/resnetgen/resnetgen/runtime/train/eval"
	"github.com/resnetgen/resnetgen/runtime/train/partition"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// trainingData reads what a run is trained on. One that goes on has the split that it was begun
// with, unless a flag says one.
func (a *app) trainingData(d *dataFlags, resumed runs.Folder, seedGiven bool, log func(string, ...any)) (*dataset.Parts, uint64, error) {
	o, seed := a.trainingOptions(d, log), d.splitSeed
	var was *partition.Record
	if resumed != "" {
		if r, err := partition.RecordOfRun(resumed); err == nil { // to go on reports the error
			was = r
			o.FewerClasses = was.MayLackClasses()
		}
	}
	parts, err := a.loadData(d, o)
	if err != nil {
		return nil, 0, err
	}
	if was != nil && !seedGiven {
		parts, seed = was.Split(parts, seed)
	}
	if !parts.IsSplit() {
		seed = 0
	}
	return parts, seed, nil
}

// startReport is an observer. It prints what is trained, and tells the progress which part is
// evaluated.
type startReport struct {
	noProgress
	app      *app
	journal  *journal
	threads  int
	progress train.Progress
}

// Watch prints the report.
func (o *startReport) Watch(v *train.RunView) error {
	if p, ok := o.progress.(interface{ measures(part string) }); ok {
		p.measures(v.EvalPart)
	}
	return o.app.say(o.journal, "training %s on %s: %s, batches of %d, %d threads, %s\n",
		v.Info.Name, v.Train.Name, imagesUsed(v), min(v.Info.Batch, v.Train.Len()), o.threads, cpu.Active())
}

// Name is what messages call it.
func (o *startReport) Name() string { return "standard output" }

// Tested is an Observer's.
func (o *startReport) Tested(int, *eval.Test) {}

// imagesUsed counts what a run uses its images for.
func imagesUsed(v *train.RunView) string {
	n := v.Train.Len()
	switch {
	case v.HeldOut > 0:
		return fmt.Sprintf("%d of %d images, %d held out", n, n+v.HeldOut, v.HeldOut)
	case v.EvalPart == "validation":
		return fmt.Sprintf("%d images, %d for validation", n, v.Test.Len())
	}
	return fmt.Sprintf("%d images", n)
}
