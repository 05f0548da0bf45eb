package cli

import (
	"errors"
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/train/partition"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// evalData are the images that eval evaluates.
type evalData struct {
	set  *dataset.Set
	name string // of the part; empty: all of the data
}

// prefix returns the name of the part and a space, to begin a message with.
func (e *evalData) prefix() string {
	if e.name == "" {
		return ""
	}
	return e.name + " "
}

// trainingRecord says which images trained a checkpoint, or a watched run.
type trainingRecord struct {
	record *partition.Record // nil: unknown
	labels []string          // the checkpoint's; nil: it has none
	of     string            // the checkpoint's path, for errors
	seed   uint64            // split seed of a folder, if the record has none
}

// readTrainingRecord reads the record of a checkpoint, or of a run.
func (a *app) readTrainingRecord(d *dataFlags, path, watched string) (t trainingRecord, err error) {
	t.seed = d.splitSeed
	if watched != "" {
		if t.record, err = partition.RecordOfRun(runs.Folder(watched)); err != nil {
			return t, nil // to watch it reports the error
		}
		return t, nil
	}
	f, path, err := runs.OpenWithLog(path, a.note)
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

// evalData reads the images to evaluate. Of a folder of images unknown to the run these are all, of
// other data the test part. The flags can choose the held-out part instead, or all.
func (a *app) evalData(d *dataFlags, path string, f *watchFlags, as *evalFlags, log func(string, ...any)) (evalData, error) {
	t, err := a.readTrainingRecord(d, path, f.run)
	if err != nil {
		return evalData{}, err
	}
	o := a.dataOptions(d, log)
	if t.labels != nil {
		o.Labels = t.labels // so that classes have the numbers that they had
	}
	parts, err := a.loadData(d, o)
	if err != nil {
		return evalData{}, err
	}
	if got := parts.Train.Shape(); got != a.Info.Input {
		return evalData{}, fmt.Errorf("data: %s: got images of %s, want %s", d.data, size(got), size(a.Info.Input))
	}
	if as.all {
		return evalData{set: parts.All()}, nil
	}
	e, err := t.choose(parts, as.heldOut, log)
	if err != nil && t.of != "" {
		err = fmt.Errorf("checkpoint %s: %w", t.of, err)
	}
	return e, err
}

// choose chooses the images to evaluate, and tells log why.
func (t *trainingRecord) choose(parts *dataset.Parts, heldOut bool, log func(string, ...any)) (e evalData, err error) {
	switch {
	case heldOut && t.record == nil:
		return e, errors.New("validation: got a checkpoint without a record of its run, want one of train --validation")
	case !parts.Train.ByName && heldOut:
		e.set, err = t.record.HeldOut(parts)
		return evalData{e.set, "validation"}, err
	case !parts.Train.ByName:
		return evalData{parts.Test, "test"}, nil
	case t.record == nil:
		return t.unknown(parts, log), nil
	}
	parts, same := t.record.Compare(parts, t.seed)
	switch {
	case same == partition.DifferentData && heldOut:
		return e, errors.New("validation: got data that the run was not trained on, want the run's")
	case same == partition.DifferentData:
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
	if same == partition.SimilarData {
		log("image files are decoded differently than when the run was trained; names and number of images match the run's")
	}
	log("the run was trained on this data: evaluating its %s part, %d of %d images (--all: all)", e.name, e.set.Len(), parts.Len())
	return e, nil
}

// unknown chooses for a checkpoint without a record: it may have been trained on this folder.
func (t *trainingRecord) unknown(parts *dataset.Parts, log func(string, ...any)) evalData {
	e := evalData{parts.Test, "test"}
	switch {
	case parts.Test != nil:
	case parts.Validation != nil:
		e = evalData{parts.Validation, "validation"}
	default:
		return evalData{set: parts.All()}
	}
	log("the checkpoint does not record its training data: evaluating the %s part, %d of %d images (--all: all)", e.name, e.set.Len(), parts.Len())
	return e
}
