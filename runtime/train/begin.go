package train

import (
	"fmt"
	"math"
	"slices"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// begin locks and makes the run's folder, or finds where its run goes on.
func (r *runner) begin() error {
	err := r.folder.Acquire(r.Resume)
	if err == nil {
		err = r.start()
	}
	if err != nil {
		r.folder.Release()
		return err
	}
	if last := r.folder.History.LastEvaluation(); last != nil {
		r.lastEvaluated = last.Step
	}
	return nil
}

func (r *runner) start() error {
	if r.Resume {
		return r.resume()
	}
	if err := r.initialize(); err != nil {
		return err
	}
	return r.folder.Begin(r.folder.Settings)
}

// initialize sets the network, and the averages with it, to where a run starts.
func (r *runner) initialize() error {
	r.folder.History = &runs.History{}
	network.Initialize(r.Net.Variables(), r.Seed)
	state.Reset(r.Net)
	if r.Init != "" {
		f, path, err := runs.OpenWithLog(r.Init, r.log)
		if err != nil {
			return err
		}
		if err := r.startFrom(f); err != nil {
			return fmt.Errorf("start from %s: %w", path, err)
		}
	}
	r.averages.Start()
	return nil
}

// startFrom takes a checkpoint's variables, their moving averages where it has them; what the
// optimizer keeps and the step start anew, as does the last layer if the checkpoint was trained for
// other classes, or for these in another order.
func (r *runner) startFrom(f *checkpoint.File) error {
	labels, err := checkpoint.Labels(f, math.MaxInt)
	if err != nil {
		return err
	}
	taken := f
	k := firstOther(labels, r.images.Train.ClassNames)
	if k >= 0 {
		taken = withoutLastLayer(f, r.Info)
		r.log("the last layer is initialized: class %d is %q in the checkpoint, and %q in the data", k, labels[k], r.images.Train.ClassNames[k])
	}
	if err := state.Assign(r.Net, taken, r.Info.IsLastLayer); err != nil {
		return err
	}
	state.AssignAverages(r.Net, taken)
	state.Reset(r.Net)
	function := checkpoint.FunctionOf(r.Info)
	for _, v := range r.Net.Variables() {
		if r.Info.IsLastLayer(v.Name) && !state.Fits(f.Find(v.Name), v.FileShape()) {
			if k < 0 {
				r.log("%s is initialized: the checkpoint has none of shape %v", v.Name, v.FileShape())
			}
			function.Architecture = "" // the number of classes has part in it
		}
	}
	if err := function.Check(f); err != nil {
		r.log("starting from %s anyway: %v", r.Init, err)
	}
	return nil
}

// firstOther returns the first class that has another name in both lists, or −1.
func firstOther(a, b []string) int {
	for k := range min(len(a), len(b)) {
		if !dataset.SameClass(a[k], b[k]) {
			return k
		}
	}
	return -1
}

// withoutLastLayer returns a checkpoint without the variables of the last layer, and what it keeps
// of them.
func withoutLastLayer(f *checkpoint.File, info *network.Info) *checkpoint.File {
	rest := *f
	rest.Tensors = slices.DeleteFunc(slices.Clone(f.Tensors), func(t checkpoint.Tensor) bool {
		return info.IsLastLayer(checkpoint.VariableOf(t.Name))
	})
	return &rest
}

func (o *Options) log(format string, args ...any) {
	if o.Log != nil {
		o.Log(format, args...)
	}
}
