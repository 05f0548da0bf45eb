package partition

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// Record is what a run, or a checkpoint of one, says of the images that it was trained on.
type Record struct {
	id        runs.Settings
	training  string   // the training part's hash; empty: not known
	heldOut   int      // how many images of the training part are held out
	flagSeeds []uint64 // of a run of the first version, which recorded the split seed as a flag alone
}

// RecordOf reads the record of a checkpoint, and what its run's folder adds; nil: it has none,
// since it is of no run.
func RecordOf(f *checkpoint.File, path string) (*Record, error) {
	if f.Metadata[runs.SettingsKey] == "" {
		return nil, nil
	}
	id, err := runs.SettingsOf(f)
	if err != nil {
		return nil, err
	}
	r := newRecord(id, runs.Folder(filepath.Dir(filepath.Dir(path))))
	if r.training = f.Metadata[runs.TrainingHashKey]; r.training != "" {
		if r.heldOut, err = strconv.Atoi(f.Metadata[runs.HeldOutKey]); err != nil {
			return nil, fmt.Errorf("%s: %w", runs.HeldOutKey, err)
		}
	}
	return r, nil
}

// RecordOfRun reads the record of a folder's run.
func RecordOfRun(f runs.Folder) (*Record, error) {
	id, err := f.LatestSettings()
	if err != nil {
		return nil, err
	}
	return newRecord(id, f), nil
}

func newRecord(id runs.Settings, folder runs.Folder) *Record {
	r := &Record{id: id}
	if flags, err := folder.Flags(); err == nil { // without the folder the checkpoint has to do
		if seed, err := strconv.ParseUint(flags["split-seed"], 10, 64); err == nil {
			r.flagSeeds = append(r.flagSeeds, seed)
		}
	}
	return r
}

// DataMatch says whether a data set is the one that a run was trained on.
type DataMatch int

// The results of [Record.Compare].
const (
	DifferentData DataMatch = iota
	SimilarData             // same name and number of images; image files are decoded differently now
	SameData                // same hash
)

// Compare compares a data set with the one that the run was trained on. It returns the set's parts
// as the run had them.
func (r *Record) Compare(p *dataset.Parts, seed uint64) (*dataset.Parts, DataMatch) {
	p, _ = r.Split(p, seed)
	switch {
	case r.hash(p) == r.id.DataHash:
		return p, SameData
	case DecoderChanged(&r.id, p.Train) && p.Train.Len() == r.id.Images && p.Train.Name == r.id.Data:
		return p, SimilarData
	}
	return p, DifferentData
}

// Split returns the parts as the run had them, and the seed that chose the test part; if that
// cannot be told, those of a seed. A run of the first version did not record it: it was a flag's,
// or one of the two defaults that there were.
func (r *Record) Split(p *dataset.Parts, seed uint64) (*dataset.Parts, uint64) {
	if !p.IsSplit() {
		return p, seed
	}
	if r.id.SplitSeed != 0 {
		seed = r.id.SplitSeed
	}
	seeds := append([]uint64{seed}, append(r.flagSeeds, dataset.DefaultSplitSeed, 0)...)
	for i, s := range seeds {
		if slices.Contains(seeds[:i], s) {
			continue
		}
		if again := p.Split(s); r.hash(again) == r.id.DataHash {
			return again, s
		}
	}
	return p.Split(seed), seed
}

// Unseen returns the images of other data that the run was not trained on: its training part may be
// a part of that, or all of it; then the images count that it has held out.
func (r *Record) Unseen(p *dataset.Parts) (*dataset.Set, error) {
	var unseen []*dataset.Set
	for _, part := range p.Unsplit() {
		if left := r.unseenIn(part); left != nil {
			unseen = append(unseen, left)
		}
	}
	if len(unseen) == 0 {
		return nil, AllSeenError{}
	}
	return dataset.Concatenate(unseen...), nil
}

// unseenIn returns the images of a part that the run was not trained on; nil: there are none.
func (r *Record) unseenIn(part *dataset.Set) *dataset.Set {
	if r.training != "" && Fingerprint(part) == r.training {
		if r.heldOut == 0 {
			return nil
		}
		_, held, err := holdOut(r.id.Partition, part, r.heldOut, r.id.Seed)
		if err != nil {
			return nil // a header that contradicts itself
		}
		return held
	}
	if r.id.SplitSeed != 0 {
		if split := part.SplitForTest(r.id.SplitSeed); r.hash(split) == r.id.DataHash {
			return split.Test
		}
	}
	return part
}

// MayLackClasses reports whether the run's folder of images may have fewer classes than its
// network.
func (r *Record) MayLackClasses() bool { return r.id.Partition == Legacy }

// hash is what the run's data_sha256 would be, had it been trained on these parts.
func (r *Record) hash(p *dataset.Parts) string {
	if r.id.Partition != Legacy {
		return Fingerprint(p.Train, p.Validation, p.Test)
	}
	return Fingerprint(p.Train, cmp.Or(p.Test, p.Validation))
}

// Tested returns the part of the run's data that it was tested with: the test part, or where there
// is none the images that chose its best checkpoint; and that part's name.
func (r *Record) Tested(p *dataset.Parts) (set *dataset.Set, name string, err error) {
	if p.Test == nil && r.id.Partition == Legacy {
		return p.Validation, TestPart, nil
	}
	if p.Test != nil {
		return p.Test, TestPart, nil
	}
	set, err = r.HeldOut(p)
	return set, ValidationPart, err
}

// HeldOut returns the images of the run's data that chose its best checkpoint in place of the test
// part.
func (r *Record) HeldOut(p *dataset.Parts) (*dataset.Set, error) {
	switch {
	case r.id.Validation == 0:
		return nil, NoHoldOutError{}
	case r.id.Images != p.Train.Len():
		return nil, fmt.Errorf("validation: got %d images for training, want the %d that the checkpoint's run had", p.Train.Len(), r.id.Images)
	case r.id.Partition != Legacy && p.Validation != nil:
		return p.Validation, nil
	}
	_, held, err := holdOut(r.id.Partition, p.Train, r.id.Validation, r.id.Seed)
	return held, err
}

// firstDecoder is the version of the decoders of runs that recorded none.
const firstDecoder = 1

// DecoderOf returns the version of what has decoded the run's images; 0: they were in no image
// files.
func DecoderOf(id *runs.Settings) int {
	if id.Partition == Legacy {
		return firstDecoder
	}
	return id.Decoder
}

// DecoderChanged reports whether both the run's images and a set's were in image files, which
// other versions have decoded.
func DecoderChanged(id *runs.Settings, s *dataset.Set) bool {
	was, now := DecoderOf(id), s.Decoder()
	return was != 0 && now != 0 && was != now
}
