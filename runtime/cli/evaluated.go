package cli

import (
	"errors"
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/train/partition"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// evaluated is what eval is about.
type evaluated struct {
	set  *dataset.Set
	name string // of the part; empty: all of the data
}

// prefix names the part before what is said of it.
func (e *evaluated) prefix() string {
	if e.name == "" {
		return ""
	}
	return e.name + " "
}

// trainedOn is what is known of the images that a checkpoint, or the run that is watched, was
// trained on.
type trainedOn struct {
	record *partition.Record // nil: nothing
	labels []string          // the checkpoint's; nil: it says none
	of     string            // the checkpoint's path, for errors
	seed   uint64            // that has split a folder, if the record does not say one
}

// readTrainedOn reads it of a checkpoint, or of a run.
func (a *app) readTrainedOn(d *dataFlags, path, watched string) (t trainedOn, err error) {
	t.seed = d.splitSeed
	if watched != "" {
		if t.record, err = partition.RecordOfRun(runs.Folder(watched)); err != nil {
			return t, nil // to watch it reports the error
		}
		return t, nil
	}
	f, path, err := runs.OpenTelling(path, a.note)
	if err != nil {
		return t, err
	}
	t.of = path
	if t.labels, err = checkpoint.Labels(f, a.Info.Classes); err != nil {
		t.labels = nil // to load it reports the error
	}
	if t.record, err = partition.RecordOf(f, path); err != nil {
		return t, fmt.Errorf("checkpoint %s: %w", path, err)
	}
	return t, nil
}

// evaluated reads the images that eval is about: of a folder of images that the run was not trained
// on all, of other data the test part, or as the flags say the part that was held out, or all.
func (a *app) evaluated(d *dataFlags, path string, f *watchFlags, as *evalFlags, log func(string, ...any)) (evaluated, error) {
	t, err := a.readTrainedOn(d, path, f.run)
	if err != nil {
		return evaluated{}, err
	}
	o := a.dataOptions(d, log)
	if t.labels != nil {
		o.Labels = t.labels // so that classes have the numbers that they had
	}
	parts, err := a.loadData(d, o)
	if err != nil {
		return evaluated{}, err
	}
	if got := parts.Train.Shape(); got != a.Info.Input {
		return evaluated{}, fmt.Errorf("data: %s: got images of %s, want %s", d.data, size(got), size(a.Info.Input))
	}
	if as.all {
		return evaluated{set: parts.All()}, nil
	}
	e, err := t.choose(parts, as.heldOut, log)
	if err != nil && t.of != "" {
		err = fmt.Errorf("checkpoint %s: %w", t.of, err)
	}
	return e, err
}

// choose chooses the images to evaluate, and tells log why.
func (t *trainedOn) choose(parts *dataset.Parts, heldOut bool, log func(string, ...any)) (e evaluated, err error) {
	switch {
	case heldOut && t.record == nil:
		return e, errors.New("validation: got a checkpoint without a record of its run, want one of train --validation")
	case !parts.Train.ByName && heldOut:
		e.set, err = t.record.HeldOut(parts)
		return evaluated{e.set, "validation"}, err
	case !parts.Train.ByName:
		return evaluated{parts.Test, "test"}, nil
	case t.record == nil:
		return t.unknown(parts, log), nil
	}
	parts, same := t.record.Compare(parts, t.seed)
	switch {
	case same == partition.Other && heldOut:
		return e, errors.New("validation: got data that the run was not trained on, want the run's")
	case same == partition.Other:
		e.name = "test"
		if e.set, err = t.record.Unseen(parts); err != nil {
			return e, err
		}
		if n := parts.Len(); e.set.Len() < n {
			log("the run was trained on a part of this data: evaluating the other %d of %d images (--all: all)", e.set.Len(), n)
		} else {
			log("the run was trained on other data: evaluating all %d images", n)
		}
		return e, nil
	case heldOut:
		e.name = "validation"
		e.set, err = t.record.HeldOut(parts)
	default:
		e.set, e.name, err = t.record.Tested(parts)
	}
	if err != nil {
		return e, err
	}
	if same == partition.Alike {
		log("image files are decoded differently than when the run was trained; names and number of images match the run's")
	}
	log("the run was trained on this data: evaluating its %s part, %d of %d images (--all: all)", e.name, e.set.Len(), parts.Len())
	return e, nil
}

// unknown chooses for a checkpoint that does not say what it was trained on: the folder may be it.
func (t *trainedOn) unknown(parts *dataset.Parts, log func(string, ...any)) evaluated {
	e := evaluated{parts.Test, "test"}
	switch {
	case parts.Test != nil:
	case parts.Validation != nil:
		e = evaluated{parts.Validation, "validation"}
	default:
		return evaluated{set: parts.All()}
	}
	log("the checkpoint does not record its training data: evaluating the %s part, %d of %d images (--all: all)", e.name, e.set.Len(), parts.Len())
	return e
}
