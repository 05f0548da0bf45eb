package train

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/nn"
)

func (r *runner) identity() identity {
	return identity{
		Network: r.Info.Name, Spec: r.Info.SpecHash, Seed: r.Seed,
		Data: r.Train.Name, DataHash: fingerprint(r.Train, r.Test), Images: r.Train.Len(),
		Init: r.Init, Augment: r.Recipe.Augment, Schedule: r.Recipe.Schedule,
	}
}

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

// begin makes the run's folder, or finds where its run goes on.
func (r *runner) begin() error {
	if r.Resume {
		return r.resume()
	}
	if err := r.initialize(); err != nil {
		return err
	}
	return r.Out.begin(r.identity())
}

// initialize sets the network to where a run starts.
func (r *runner) initialize() error {
	r.history = &history{}
	nn.Initialize(r.Net.Variables(), r.Seed)
	if r.Init == "" {
		return nil
	}
	f, path, err := Open(r.Init)
	if err != nil {
		return err
	}
	if err := r.startFrom(f); err != nil {
		return fmt.Errorf("start from %s: %w", path, err)
	}
	return nil
}

// startFrom takes a checkpoint's variables; momentum and the step start anew, as does the last layer if the
// checkpoint was trained for other classes.
func (r *runner) startFrom(f *checkpoint.File) error {
	lastLayer := func(name string) bool { return name == "logit/DW" || name == "logit/biases" }
	if err := Assign(r.Net, f, lastLayer); err != nil {
		return err
	}
	for _, v := range r.Net.Variables() {
		clear(v.Momentum)
		if lastLayer(v.Name) && !fits(f.Find(v.Name), v.Shape) {
			r.log("%s is made new: the checkpoint has none of shape %v", v.Name, v.Shape)
		}
	}
	return nil
}

// resume sets the network to the run's newest good checkpoint, or to its start if it was ended before its first.
func (r *runner) resume() error {
	was, err := r.Out.identity()
	if err != nil {
		return err
	}
	if r.Init == "" {
		r.Init = was.Init // it need not be said again
	}
	if wrong := r.identity().differences(was); len(wrong) > 0 {
		return fmt.Errorf("resume: the run in %s is another one:\n  %s", r.Out, strings.Join(wrong, "\n  "))
	}
	if r.history, err = r.Out.history(); err != nil {
		return err
	}
	steps, err := r.Out.Steps()
	if err != nil {
		return err
	}
	if len(steps) == 0 {
		if len(r.history.evaluations) > 0 {
			return fmt.Errorf("resume: got no checkpoint in %s, want checkpoints/step-N.safetensors; start it again without --resume, in another folder", r.Out)
		}
		return r.initialize()
	}
	if err := r.newestGood(steps); err != nil {
		return err
	}
	r.history.upTo(r.step)
	return nil
}

// newestGood goes on from the newest checkpoint that is whole.
func (r *runner) newestGood(steps []int) error {
	var wrong []error
	for _, step := range slices.Backward(steps) {
		err := r.goOnFrom(step)
		if err == nil {
			return nil
		}
		r.log("passed over: %v", err)
		wrong = append(wrong, err)
	}
	return errors.Join(wrong...)
}

func (r *runner) goOnFrom(step int) error {
	path := r.Out.Checkpoint(step)
	f, err := checkpoint.Read(path)
	if err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	got, err := Step(f)
	if err == nil && got != step {
		err = fmt.Errorf("%s: got %d, want %d as the file's name says", StepName, got, step)
	}
	if err == nil {
		err = Assign(r.Net, f, nil)
	}
	if err != nil {
		return fmt.Errorf("resume from %s: %w", path, err)
	}
	r.step = step
	return nil
}

func (o *Options) log(format string, args ...any) {
	if o.Log != nil {
		o.Log(format, args...)
	}
}
