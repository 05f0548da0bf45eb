package dataset

import (
	"fmt"
	"image/color"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// of makes the files of n images in each of some folders. No two images are the same.
func of(t *testing.T, n int, folders ...string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for k, f := range folders {
		for i := range n {
			files[fmt.Sprintf("%s/%02d.png", f, i)] = painted(t, "png", 1, 1, color.Gray{Y: uint8(k*n + i)})
		}
	}
	return files
}

func with(all ...map[string]string) map[string]string {
	files := map[string]string{}
	for _, more := range all {
		maps.Copy(files, more)
	}
	return files
}

func lengths(p *Parts) (n [3]int) {
	for i, s := range []*Set{p.Train, p.Validation, p.Test} {
		if s != nil {
			n[i] = s.Len()
		}
	}
	return n
}

// TestLayouts holds which folders are which part, and what is said of the others.
func TestLayouts(t *testing.T) {
	train := of(t, 10, "train/a", "train/b")
	for name, c := range map[string]struct {
		files map[string]string
		want  [3]int // training, validation and test images
		said  []string
	}{
		"three parts":       {with(train, of(t, 2, "valid/a", "valid/b"), of(t, 3, "test/a", "test/b")), [3]int{20, 4, 6}, nil},
		"long names":        {with(of(t, 2, "training_set/a", "training_set/b"), of(t, 1, "test_set/a", "test_set/b")), [3]int{4, 0, 2}, nil},
		"capitals":          {with(of(t, 2, "Train/a", "Train/b"), of(t, 1, "Validation/a", "Test/a")), [3]int{4, 1, 1}, nil},
		"without test":      {with(train, of(t, 2, "validation/a", "validation/b")), [3]int{20, 4, 0}, nil},
		"dev":               {with(train, of(t, 2, "dev/a", "dev/b")), [3]int{20, 4, 0}, nil},
		"without valid":     {with(train, of(t, 2, "test/a", "test/b")), [3]int{20, 0, 4}, nil},
		"classes":           {of(t, 10, "a", "b"), [3]int{18, 0, 2}, nil},
		"classes, one deep": {of(t, 10, "a/x/y", "b"), [3]int{18, 0, 2}, nil},
		"flat test": {with(train, of(t, 2, "val/a", "val/b"), of(t, 7, "test")), [3]int{20, 4, 0}, []string{
			"test: 7 images outside the classes' folders are unlabelled: skipped",
		}},
		"flat valid": {with(train, of(t, 7, "valid"), of(t, 2, "test/a", "test/b")), [3]int{20, 0, 4}, []string{
			"valid: 7 images outside the classes' folders are unlabelled: skipped",
		}},
		"both names of a part": {with(train, of(t, 2, "val/a", "valid/a", "extra")), [3]int{20, 2, 0}, []string{
			"valid: outside the parts, skipped", "extra: outside the parts, skipped",
		}},
		"loose images": {with(of(t, 10, "a", "b"), of(t, 3, ".")), [3]int{18, 0, 2}, []string{": 3 images outside the classes' folders"}},
		"systems' files": {with(of(t, 10, "a", "b"), map[string]string{
			"a/._0.png": "", "a/.DS_Store": "", "b/Thumbs.db": "", "b/desktop.ini": "", "__MACOSX/a/._1.png": "", ".ipynb_checkpoints/0.png": "",
		}), [3]int{18, 0, 2}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var said []string
			o := input
			o.Classes, o.Log = 2, func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
			p, err := Load(folder(t, c.files), o)
			if err != nil {
				t.Fatal(err)
			}
			if got := lengths(p); got != c.want {
				t.Errorf("got %d images, want %d", got, c.want)
			}
			for _, want := range c.said {
				if !strings.Contains(strings.Join(said, "\n"), want) {
					t.Errorf("got %q, want %q said", said, want)
				}
			}
			if c.said == nil && slices.ContainsFunc(said, func(s string) bool { return !strings.Contains(s, "to test with") }) {
				t.Errorf("got %q, want nothing said", said)
			}
		})
	}
}

// TestTooDeep refuses folders whose classes lie deeper, and names the folder to use. Check and Load
// say the same.
func TestTooDeep(t *testing.T) {
	parts := func(dir string) map[string]string {
		return of(t, 2, dir+"train/a", dir+"train/b", dir+"test/a", dir+"test/b")
	}
	for name, c := range map[string]struct {
		files map[string]string
		want  string // with DIR for the folder
	}{
		"classes":         {of(t, 10, "dataset/a", "dataset/b"), "deeper, in DIR/dataset, want"},
		"twice":           {of(t, 10, "x/y/a", "x/y/b"), "deeper, in DIR/x/y, want"},
		"beside labels":   {with(of(t, 10, "dataset/a", "dataset/b"), map[string]string{"annotations/a.txt": ""}), "deeper, in DIR/dataset, want"},
		"beside a Mac's":  {with(of(t, 10, "dataset/a", "dataset/b"), map[string]string{"__MACOSX/a/._0.png": ""}), "deeper, in DIR/dataset, want"},
		"parts":           {parts("x/"), "deeper, in DIR/x, want"},
		"parts, twice":    {parts("x/y/"), "deeper, in DIR/x/y, want"},
		"several":         {with(parts("x/"), parts("z/")), "several data sets in it, want the folder of one as data: DIR/x, DIR/z"},
		"several classes": {of(t, 4, "x/a", "x/b", "y/a", "y/b", "z/a", "z/b"), "several data sets in it, want the folder of one as data: DIR/x, DIR/y, DIR/z"},
		"within a part":   {of(t, 2, "train/images/a", "train/images/b", "test/a", "test/b"), "in DIR/train/images, want them in DIR/train itself"},
		"parts in classes": {
			of(t, 2, "a/train", "a/test", "b/train", "b/test"), "the parts in a class's folder, want the classes' folders in DIR/train/a",
		},
	} {
		dir, o := folder(t, c.files), input
		o.Classes = 2
		_, loadErr := Load(dir, o)
		_, checkErr := Check(dir, o)
		want := strings.ReplaceAll(filepath.FromSlash(c.want), "DIR", dir)
		if loadErr == nil || !strings.Contains(loadErr.Error(), want) {
			t.Errorf("%s: got error %v, want %q in it", name, loadErr, want)
		} else if checkErr == nil || checkErr.Error() != loadErr.Error() {
			t.Errorf("%s: got error %v of Check, want that of Load: %v", name, checkErr, loadErr)
		}
	}
}

// TestOneVerdict holds that Check refuses what Load refuses for a network, in the same words.
func TestOneVerdict(t *testing.T) {
	idx := folder(t, tinyIDX())
	for name, c := range map[string]struct {
		dir     string
		classes int
		want    string
	}{
		"too many classes":   {folder(t, of(t, 10, "a", "b", "c")), 2, "got labels of 3 classes, want at most 2"},
		"too few classes":    {folder(t, of(t, 10, "a", "b", "c")), 5, "got folders of 3 classes, want the network's 5"},
		"one class":          {folder(t, of(t, 10, "a")), 2, "got folders of 1 classes, want the network's 2"},
		"train alone":        {folder(t, of(t, 10, "train/a", "train/b")), 2, "got train without test, val, valid, validation beside it"},
		"nothing to test":    {folder(t, of(t, 9, "a", "b")), 2, "got no image to test with"},
		"a flat test part":   {folder(t, of(t, 5, "train/a", "train/b", "test")), 2, "test: 5 images outside the classes' folders are unlabelled"},
		"a flat folder":      {folder(t, of(t, 5, "train", "test")), 2, "itself, want a folder for each class in it"},
		"nothing to train":   {folder(t, with(map[string]string{"train/a/x.txt": ""}, of(t, 2, "test/a"))), 2, "got no image to train on"},
		"no folder":          {filepath.Join(t.TempDir(), "none"), 2, "no such file"},
		"IDX of other size":  {idx, 4, "got images of 2×2×1, want 4×4×3"},
		"nothing of a class": {folder(t, of(t, 2, "train/a", "train/b", "test/c")), 2, `got class "c", want one of the training set's: a, b`},
	} {
		o := input
		o.Classes = c.classes
		_, loadErr := Load(c.dir, o)
		_, checkErr := Check(c.dir, o)
		if loadErr == nil || !strings.Contains(loadErr.Error(), c.want) {
			t.Errorf("%s: got error %v, want %q in it", name, loadErr, c.want)
		} else if checkErr == nil || checkErr.Error() != loadErr.Error() {
			t.Errorf("%s: got error %v of Check, want that of Load: %v", name, checkErr, loadErr)
		}
	}
	o := input
	o.Classes, o.Labels = 4, []string{"d", "c", "b", "a"}
	if p, err := Load(folder(t, of(t, 10, "a", "b")), o); err != nil || p.Train.Classes != 4 {
		t.Errorf("some of the spec's labels: got %+v, error %v, want four classes", p, err)
	}
}

// TestNormalizedNames compares classes' names in Unicode's normal form.
func TestNormalizedNames(t *testing.T) {
	const composed, decomposed = "caf\u00e9", "cafe\u0301"
	dir := folder(t, of(t, 2, "train/b", "train/"+decomposed, "test/b", "test/"+composed))
	for _, labels := range [][]string{nil, {composed, "b"}, {decomposed, "b"}} {
		o := input
		o.Classes, o.Labels = 2, labels
		p, err := Load(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		if labels == nil {
			labels = []string{"b", composed}
		}
		if !slices.Equal(p.Train.ClassNames, labels) || len(p.Test.Labels) != 4 {
			t.Errorf("got classes %q and labels %d, want %q", p.Train.ClassNames, p.Test.Labels, labels)
		}
		numbered, err := p.Test.WithLabels([]string{decomposed, "a", "b"})
		if err != nil || numbered.Labels[0] != 2 || numbered.Labels[3] != 0 {
			t.Errorf("got %+v, error %v, want b as 2 and the other as 0", numbered, err)
		}
	}
	twice := folder(t, of(t, 10, composed, decomposed))
	if _, err := Load(twice, input); err == nil || !strings.Contains(err.Error(), `got two folders for class "café", "cafe\u0301" and "caf\u00e9", want one`) {
		t.Errorf("got error %v, want both names", err)
	}
}

// TestLinks follows links to folders once, and names those that are not followed.
func TestLinks(t *testing.T) {
	dir := folder(t, with(of(t, 10, "a", "b"), of(t, 3, ".elsewhere/deep", ".class/x")))
	link := func(target, name string) {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	link("../.elsewhere", "a/once")
	link("../.elsewhere", "a/twice")
	link("../.elsewhere/deep", "a/thrice")
	link("..", "b/around")
	link("nowhere", "b/gone")
	link("self", "b/self")
	link(".class", "c")
	link(".", "d")
	link("../..", "e")
	r, err := Check(dir, input)
	if err != nil {
		t.Fatal(err)
	}
	var counts []int
	for k, c := range r.Train.Classes {
		counts = append(counts, c.Images+r.Test.Classes[k].Images)
	}
	if !slices.Equal(counts, []int{13, 10, 3}) || len(r.Bad) != 0 {
		t.Errorf("got %d images of the classes and bad files %v, want 13, 10 and 3, and none", counts, r.Bad)
	}
	said := strings.Join(r.Links, "\n")
	for _, want := range []string{
		filepath.Join(dir, "b/around") + ": not followed: it leads back to ", filepath.Join(dir, "b/gone") + ": not followed", filepath.Join(dir, "b/self") + ": not followed",
		filepath.Join(dir, "d") + ": not followed: it leads back to ", filepath.Join(dir, "e") + ": not followed: it leads back to ",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("got %q, want %q in it", said, want)
		}
	}
	if len(r.Links) != 5 {
		t.Errorf("got %q, want five links", r.Links)
	}
}

// TestSplitSeed holds that programs and commands that say no seed test with the same images, and
// that a set can be split anew without reading it again.
func TestSplitSeed(t *testing.T) {
	dir := folder(t, of(t, 25, "a", "b"))
	load := func(seed uint64) *Parts {
		o := input
		o.SplitSeed = seed
		p, err := Load(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	same := func(a, b *Parts) bool {
		return slices.Equal(a.Test.Images, b.Test.Images) && slices.Equal(a.Train.Images, b.Train.Images) && slices.Equal(a.Train.Labels, b.Train.Labels)
	}
	first, other := load(0), load(7)
	if !same(first, load(DefaultSplitSeed)) || same(first, other) {
		t.Error("got another split without a seed than with the default seed, or the same with another one")
	}
	if !same(other.Split(DefaultSplitSeed), first) || !same(first.Split(7), other) || same(first.Split(0), first) {
		t.Error("got other parts of a set that was split anew than of one that was read so")
	}
	if all := first.All(); all.Len() != 50 {
		t.Errorf("got %d images in all, want 50", all.Len())
	}
}
