package tfcheckpoint

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
)

// sample has names that share beginnings, and numbers whose bits are easily lost.
func sample() []checkpoint.Tensor {
	all := []checkpoint.Tensor{
		{Name: "init/init_conv/DW", Shape: []int{2, 3}, Float32: []float32{1, -2, 0.5, float32(math.Inf(1)), 1e-45, float32(math.Copysign(0, -1))}},
		{Name: "empty", Shape: []int{0, 4}, Float32: []float32{}},
		{Name: "global_step", Shape: []int{}, Int64: []int64{math.MinInt64}},
		{Name: "logit/biases", Shape: []int{1}, Float32: []float32{math.Float32frombits(0x7fc00123)}},
	}
	for i := range 40 { // more than a restart's sixteen
		all = append(all, checkpoint.Tensor{Name: fmt.Sprintf("unit_1_%02d/sub1/conv1/DW", i), Shape: []int{2}, Float32: []float32{float32(i), -1}})
	}
	return all
}

func sorted(tensors []checkpoint.Tensor) []checkpoint.Tensor {
	return slices.SortedFunc(slices.Values(tensors), byName)
}

// sameBits compares tensors, NaNs by their bits.
var sameBits = cmp.Comparer(func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) })

func write(t testing.TB, prefix string, shards int) []string {
	t.Helper()
	files, err := Write(prefix, sample(), shards)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestRoundTrip holds that what is written is read again, bit for bit, from any number of shards
// and by any of its paths.
func TestRoundTrip(t *testing.T) {
	for _, shards := range []int{1, 2, 7, 44} {
		dir := filepath.Join(t.TempDir(), "new folder")
		prefix := filepath.Join(dir, "model.ckpt-7")
		files := write(t, prefix, shards)
		if len(files) != shards+2 {
			t.Errorf("%d shards: got files %v, want index, state and shards", shards, files)
		}
		for _, path := range []string{prefix, dir, files[0], IndexPath(prefix)} {
			got, err := Read(path)
			if err != nil {
				t.Fatal(err)
			}
			want := &Checkpoint{Prefix: prefix, Tensors: sorted(sample())}
			if diff := cmp.Diff(want, got, sameBits); diff != "" {
				t.Errorf("%d shards, %s (−want +got):\n%s", shards, path, diff)
			}
		}
	}
}

// TestBitFlips holds that no flipped bit changes what is read: it is an error that names the file,
// or it is in bytes that say nothing.
func TestBitFlips(t *testing.T) {
	dir := t.TempDir()
	prefix := filepath.Join(dir, "c")
	tensors := sample()[:5]
	files, err := Write(prefix, tensors, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files[:3] {
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		unseen := 0
		for i := range good {
			for bit := i % 3; bit < 8; bit += 3 { // a third of them, for time
				damaged := bytes.Clone(good)
				damaged[i] ^= 1 << bit
				put(t, path, damaged)
				got, err := Read(prefix)
				switch {
				case err == nil:
					unseen++
					if diff := cmp.Diff(sorted(tensors), got.Tensors, sameBits); diff != "" {
						t.Fatalf("%s: byte %d, bit %d: got other contents and no error:\n%s", path, i, bit, diff)
					}
				case !strings.Contains(err.Error(), path) && !strings.Contains(err.Error(), "got no file"):
					t.Fatalf("%s: byte %d, bit %d: got error %v, want the file's name in it", path, i, bit, err)
				}
			}
		}
		// The footer's padding and the place of the empty meta index, with its block, say nothing.
		if most := 8 * (footerBytes + 8 + trailerBytes); unseen > most || path != IndexPath(prefix) && unseen > 0 {
			t.Errorf("%s: got %d flipped bits that are not seen, want at most %d in the index and none in a shard", path, unseen, most)
		}
		put(t, path, good)
	}
}

// TestDamaged holds that files which are cut off, too long or not there are refused by name.
func TestDamaged(t *testing.T) {
	dir := t.TempDir()
	prefix := filepath.Join(dir, "c")
	write(t, prefix, 2)
	index, shard := IndexPath(prefix), ShardPath(prefix, 1, 2)
	contents := map[string][]byte{}
	for _, path := range []string{index, shard} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		contents[path] = data
	}
	for n := 0; n < len(contents[index]); n += 3 {
		put(t, index, contents[index][:n])
		if _, err := Read(prefix); err == nil || !strings.Contains(err.Error(), index) {
			t.Fatalf("the first %d bytes of the index: got error %v, want its name in it", n, err)
		}
	}
	put(t, index, append(bytes.Clone(contents[index]), 0))
	if _, err := Read(prefix); err == nil {
		t.Error("an index with a byte more: got no error")
	}
	put(t, index, contents[index])
	for n := 0; n < len(contents[shard]); n += 3 {
		put(t, shard, contents[shard][:n])
		if _, err := Read(prefix); err == nil || !strings.Contains(err.Error(), shard) || !strings.Contains(err.Error(), `tensor "unit_1_`) {
			t.Fatalf("the first %d bytes of a shard: got error %v, want its name and a tensor's in it", n, err)
		}
	}
	damaged := bytes.Clone(contents[shard])
	damaged[0] ^= 1
	put(t, shard, damaged)
	if _, err := Read(prefix); err == nil || !strings.Contains(err.Error(), "as the index says: it is damaged") {
		t.Errorf("a shard with another byte: got error %v", err)
	}
	if err := os.Remove(shard); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(prefix); err == nil || !strings.Contains(err.Error(), "got no file "+shard+", want each of its 2 shards") {
		t.Errorf("no shard: got error %v", err)
	}
}

func put(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestReplace holds that a prefix which is written again has no shards of before.
func TestReplace(t *testing.T) {
	prefix := filepath.Join(t.TempDir(), "model.ckpt")
	put(t, prefix+".meta", nil)
	write(t, prefix, 3)
	write(t, prefix, 2)
	files, err := Files(prefix)
	want := []string{ShardPath(prefix, 0, 2), ShardPath(prefix, 1, 2), IndexPath(prefix)}
	if err != nil || !slices.Equal(files, want) {
		t.Errorf("got files %v (%v), want %v", files, err, want)
	}
	if !isFile(prefix + ".meta") {
		t.Error("got another file removed")
	}
}

// TestWriteErrors holds what makes no checkpoint.
func TestWriteErrors(t *testing.T) {
	dir := t.TempDir()
	one := checkpoint.Tensor{Name: "a", Shape: []int{1}, Float32: []float32{1}}
	noState := filepath.Join(t.TempDir(), "c")
	put(t, filepath.Join(filepath.Dir(noState), StateName), []byte("my notes"))
	for want, c := range map[string]struct {
		prefix  string
		tensors []checkpoint.Tensor
		shards  int
	}{
		"got prefix":                     {dir + "/", []checkpoint.Tensor{one}, 1},
		"where NAME is not checkpoint":   {filepath.Join(dir, "checkpoint"), []checkpoint.Tensor{one}, 1},
		"got 2 shards, want 1 to 1":      {filepath.Join(dir, "c"), []checkpoint.Tensor{one}, 2},
		`got tensor "a" twice`:           {filepath.Join(dir, "c"), []checkpoint.Tensor{one, one}, 1},
		`got tensor "", want a name`:     {filepath.Join(dir, "c"), []checkpoint.Tensor{{Float32: []float32{1}}}, 1},
		`"b": got 0 values, want 2`:      {filepath.Join(dir, "c"), []checkpoint.Tensor{{Name: "b", Shape: []int{2}}}, 1},
		`checkpoint:1: got "my notes"`:   {noState, []checkpoint.Tensor{one}, 1},
		"folder's state cannot be repla": {noState, []checkpoint.Tensor{one}, 1},
	} {
		if _, err := Write(c.prefix, c.tensors, c.shards); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q in it", err, want)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("got files %v (%v), want none", entries, err)
	}
}
