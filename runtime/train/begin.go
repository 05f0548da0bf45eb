package train

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/nn"
)

// fingerprint is the sha256 of the images and labels of sets, hexadecimal.
func fingerprint(sets ...*dataset.Set) string {
	h := sha256.New()
	labels := []byte(nil)
	for _, s := range sets {
		labels = labels[:0]
		for _, l := range s.Labels {
			labels = binary.LittleEndian.AppendUint32(labels, uint32(l))
		}
		h.Write(s.Images) // a hash's Write returns no error
		h.Write(labels)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// begin locks and makes the run's folder, or finds where its run goes on.
func (r *runner) begin() (err error) {
	if !r.Resume || exists(string(r.Out)) {
		if r.unlock, err = r.Out.lock(); err != nil {
			return err
		}
	}
	if err = r.Out.sweep(); err == nil {
		err = r.start()
	}
	if err != nil {
		r.unlock()
		return err
	}
	if n := len(r.history.evaluations); n > 0 {
		r.judged = r.history.evaluations[n-1].step
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
	return r.Out.begin(r.id)
}

// initialize sets the network, and the averages with it, to where a run starts.
func (r *runner) initialize() error {
	r.history = &history{}
	nn.Initialize(r.Net.Variables(), r.Seed)
	forget(r.Net)
	if r.Init != "" {
		f, path, err := Open(r.Init)
		if err != nil {
			return err
		}
		if err := r.startFrom(f); err != nil {
			return fmt.Errorf("start from %s: %w", path, err)
		}
	}
	r.averages.start()
	return nil
}

// startFrom takes a checkpoint's variables, their moving averages where it has them; what the optimizer keeps and the
// step start anew, as does the last layer if the checkpoint was trained for other classes.
func (r *runner) startFrom(f *checkpoint.File) error {
	if err := Assign(r.Net, f, nn.IsLastLayer); err != nil {
		return err
	}
	AssignAverages(r.Net, f)
	forget(r.Net)
	function := checkpoint.FunctionOf(r.Info)
	for _, v := range r.Net.Variables() {
		if nn.IsLastLayer(v.Name) && !fits(f.Find(v.Name), v.Shape) {
			r.log("%s is made new: the checkpoint has none of shape %v", v.Name, v.Shape)
			function.Architecture = "" // the number of classes has part in it
		}
	}
	if err := function.Check(f); err != nil {
		r.log("start from %s, all the same: %v", r.Init, err)
	}
	return nil
}

func (o *Options) log(format string, args ...any) {
	if o.Log != nil {
		o.Log(format, args...)
	}
}
