package train

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/internal/linktest"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/distributed"
	"github.com/resnetgen/resnetgen/runtime/train/eval"
	"github.com/resnetgen/resnetgen/runtime/train/partition"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// photoSet is a testSet that is a folder of images.
func photoSet(n int, seed uint64) *dataset.Set {
	s := fakenet.Images(n, seed)
	s.ByName, s.ClassNames = true, []string{"a", "b", "c"}
	return s
}

// viewer is an observer that keeps the view.
type viewer struct {
	recorder
	view *RunView
}

func (v *viewer) Watch(view *RunView) error { v.view = view; return nil }
func (v *viewer) Tested(int, *eval.Test)    {}

// TestPartition holds which images are trained on and which choose the best checkpoint, of new runs
// and of those of the first version.
func TestPartition(t *testing.T) {
	type parts struct {
		train, validation, test *dataset.Set
		held                    int
	}
	photos, published := photoSet(30, 1), fakenet.Images(30, 1)
	for name, c := range map[string]struct {
		parts
		first         bool // a run of the first version
		trained, held int
		measured      string
		evaluated     int
		tested        bool
	}{
		"folder":                         {parts{photos, nil, photoSet(12, 2), 0}, false, 27, 3, "validation", 3, true},
		"folder, with --validation":      {parts{photos, nil, photoSet(12, 2), 9}, false, 21, 9, "validation", 9, true},
		"folder of three parts":          {parts{photos, photoSet(6, 3), photoSet(12, 2), 0}, false, 30, 0, "validation", 6, true},
		"folder without test":            {parts{photos, photoSet(6, 3), nil, 0}, false, 30, 0, "validation", 6, false},
		"published":                      {parts{published, nil, fakenet.Images(12, 2), 0}, false, 30, 0, "test", 12, false},
		"published, with --validation":   {parts{published, nil, fakenet.Images(12, 2), 9}, false, 21, 9, "validation", 9, true},
		"old folder":                     {parts{photos, nil, photoSet(12, 2), 0}, true, 30, 0, "test", 12, false},
		"old folder, with --validation":  {parts{photos, nil, photoSet(12, 2), 9}, true, 21, 9, "validation", 9, true},
		"old folder of three parts":      {parts{photos, photoSet(6, 3), photoSet(12, 2), 0}, true, 30, 0, "test", 12, false},
		"old folder without test":        {parts{photos, photoSet(6, 3), nil, 0}, true, 30, 0, "test", 6, false},
		"old publ., with --validation 9": {parts{published, nil, fakenet.Images(12, 2), 9}, true, 21, 9, "validation", 9, true},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "run")
			o := options(out, &recorder{})
			o.Train, o.ValidationPart, o.Test, o.Validation, o.Epochs = c.train, c.validation, c.test, c.parts.held, 1
			hash := partition.Fingerprint(o.Train, o.ValidationPart, o.Test)
			if c.first {
				test := o.Test
				if test == nil {
					test = o.ValidationPart
				}
				hash = partition.Fingerprint(o.Train, test)
				begunByFirstVersion(t, o, hash)
				o.Resume, o.Validation = true, 0
			}
			v := &viewer{}
			o.Observers = []Observer{v}
			result, err := Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if v.view.Train.Len() != c.trained || v.view.HeldOut != c.held || v.view.Test.Len() != c.evaluated || v.view.EvalPart != c.measured {
				t.Errorf("got %d trained on, %d held out, %d of %s evaluated, want %d, %d, %d of %s",
					v.view.Train.Len(), v.view.HeldOut, v.view.Test.Len(), v.view.EvalPart, c.trained, c.held, c.evaluated, c.measured)
			}
			if result.EvalPart != c.measured || result.Tested != c.tested {
				t.Errorf("got %+v, want %s measured, and tested: %t", result, c.measured, c.tested)
			}
			if c.parts.held > 0 {
				holdOut := c.train.HoldOut
				if c.first {
					holdOut = c.train.HoldOutUnstratified
				}
				want, _, err := holdOut(c.parts.held, o.Seed)
				if err != nil || !slices.Equal(v.view.Train.Images, want.Images) {
					t.Errorf("got other images held out than the version's, error %v", err)
				}
			}
			checkRecord(t, out, hash, c.first, &dataset.Parts{Train: c.train, Validation: c.validation, Test: c.test}, v.view, c.held > 0)
		})
	}
}

func partitionOf(first bool) int {
	if first {
		return partition.Legacy
	}
	return partition.Stratified
}

// begunByFirstVersion writes what a run of the first version has left when it was killed before its
// first checkpoint.
func begunByFirstVersion(t *testing.T, o Options, hash string) {
	t.Helper()
	r := &runner{Options: o, images: partition.Images{Whole: o.Train, Train: o.Train, ValidationPart: o.ValidationPart, Test: o.Test, Validation: o.Validation}}
	id := r.settings()
	id.Partition, id.Decoder, id.DataHash = partition.Legacy, 0, hash
	if err := o.Out.Create(id); err != nil {
		t.Fatal(err)
	}
}

// checkRecord holds that a checkpoint's record leads to the images that the run has evaluated.
func checkRecord(t *testing.T, out, hash string, first bool, p *dataset.Parts, v *RunView, held bool) {
	t.Helper()
	f, path, err := runs.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	id, err := runs.SettingsOf(f)
	if err != nil || id.Partition != partitionOf(first) || id.DataHash != hash || (id.Decoder == 0) != (first || !p.Train.ByName) {
		t.Errorf("got settings %+v, error %v, want partition %d and data %s", id, err, partitionOf(first), hash)
	}
	r, err := partition.RecordOf(f, path)
	if err != nil {
		t.Fatal(err)
	}
	if _, same := r.Compare(p, 1); same != partition.SameData {
		t.Errorf("got %d of the run's own data, want %d", same, partition.SameData)
	}
	if held || v.EvalPart == partition.ValidationPart {
		if set, err := r.HeldOut(p); err != nil || !slices.Equal(set.Images, v.Test.Images) {
			t.Errorf("got other images as held out than the run's, error %v", err)
		}
	}
	set, name, err := r.Tested(p)
	switch {
	case err != nil:
		t.Error(err)
	case p.Test != nil && (set != p.Test || name != partition.TestPart):
		t.Errorf("got the %s part as tested, want the test part", name)
	case p.Test == nil && !slices.Equal(set.Images, v.Test.Images):
		t.Errorf("got other images of part %s as tested, want those of the run", name)
	}
	other := &dataset.Parts{Train: photoSet(30, 9), Test: photoSet(12, 8)}
	other.Train.Name = "other"
	if _, same := r.Compare(other, 1); same != partition.DifferentData {
		t.Errorf("got %d of other data, want %d", same, partition.DifferentData)
	}
}

// TestPartitionOfRanks holds that all ranks divide their images as rank 0 says, who alone knows the
// run that goes on.
func TestPartitionOfRanks(t *testing.T) {
	for _, first := range []bool{false, true} {
		leads := filepath.Join(t.TempDir(), "run")
		begin := options(leads, &recorder{})
		begin.Train, begin.Test = photoSet(30, 1), photoSet(12, 2)
		if first {
			begunByFirstVersion(t, begin, partition.Fingerprint(begin.Train, begin.Test))
		}
		linktest.Each(2, func(rank int, link *linktest.Link) {
			out := leads
			if rank > 0 {
				out = filepath.Join(t.TempDir(), "elsewhere")
			}
			o := options(out, &recorder{})
			o.Train, o.Test, o.Epochs, o.Resume, o.Ranks = photoSet(30, 1), photoSet(12, 2), 1, first, &distributed.Group{Link: link}
			result, err := Run(t.Context(), o)
			if want := map[bool]string{false: partition.ValidationPart, true: partition.TestPart}[first]; err != nil || result.EvalPart != want {
				t.Errorf("rank %d, first version %t: got %+v, error %v, want %s measured", rank, first, result, err, want)
			}
		})
	}
	linktest.Each(2, func(rank int, link *linktest.Link) {
		o := options(filepath.Join(t.TempDir(), "run"), &recorder{})
		o.Validation, o.Ranks = 3+rank*40, &distributed.Group{Link: link} // rank 0's counts
		if _, err := Run(t.Context(), o); err != nil && !strings.Contains(err.Error(), "length of the run") {
			t.Errorf("rank %d: got error %v", rank, err)
		}
	})
}

// TestMovedAndChangedData resumes where the data's hash is the same, whatever it is called and
// whatever decoded it, and names what else has changed.
func TestMovedAndChangedData(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	begin := func() Options {
		o := options(out, &recorder{})
		o.Train, o.Test = photoSet(30, 1), photoSet(12, 2)
		return o
	}
	o := begin()
	r := &runner{Options: o}
	if err := r.divide(); err != nil {
		t.Fatal(err)
	}
	id := r.settings()
	id.Decoder = id.Decoder + 5
	if err := o.Out.Create(id); err != nil {
		t.Fatal(err)
	}
	o = begin()
	o.Resume = true
	o.Train.Images[7]++
	_, err := Run(t.Context(), o)
	want := fmt.Sprintf("now decoded by version %d, the run was started with version %d: finish it with the trainer that started it, "+
		"or start a new one from the checkpoints of %s", o.Train.Decoder(), id.Decoder, out)
	for _, want := range []string{"data_sha256: got ", want} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("images that are read otherwise: got error %v, want %q in it", err, want)
		}
	}
	o = begin()
	o.Resume, o.Train.Name, o.Epochs = true, "elsewhere", 1
	result, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	f, err := checkpoint.Read(result.Checkpoint)
	if err != nil || f.Metadata["data"] != "columns" {
		t.Errorf("got data %q, error %v, want the name that the run began with", f.Metadata["data"], err)
	}
	if now, err := runs.SettingsOf(f); err != nil || now.Data != id.Data || now.Decoder != id.Decoder {
		t.Errorf("got settings %+v, error %v, want %+v", now, err, id)
	}
	changed := &dataset.Parts{Train: photoSet(30, 1), Test: photoSet(12, 2)}
	changed.Train.Images[7]++
	record, err := partition.RecordOf(f, result.Checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	if _, same := record.Compare(changed, 1); same != partition.SimilarData {
		t.Errorf("got %d of images that are read otherwise, want %d", same, partition.SimilarData)
	}
}

// TestFineTuneNormalized takes a class's name in another Unicode form for the same.
func TestFineTuneNormalized(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	o := options(out, &recorder{})
	o.Train.ClassNames = []string{"a", "b", "caf\u00e9"}
	if _, err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	var said []string
	o = options(filepath.Join(t.TempDir(), "tuned"), &recorder{})
	o.Net, o.Init, o.Epochs = fakenet.New(network.Options{}), out, 1
	o.Train.ClassNames = []string{"a", "b", "cafe\u0301"}
	o.Log = func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
	if _, err := Run(t.Context(), o); err != nil || len(said) > 0 {
		t.Errorf("got %q said, error %v, want the last layer kept", said, err)
	}
}
