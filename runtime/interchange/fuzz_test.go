package interchange

import (
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/internal/fuzzbound"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
)

// sourceOf has a tensor of each line of a text: one of the first row of a weight, or a number if
// its name ends in "!".
func sourceOf(list string) *Source {
	f := &checkpoint.File{}
	seen := map[string]bool{}
	for name := range strings.Lines(list) {
		name = strings.TrimSuffix(name, "\n")
		own, isNumber := strings.CutSuffix(name, "!")
		if seen[own] {
			continue
		}
		seen[own] = true
		t := checkpoint.Tensor{Name: own, Shape: []int{2, 2}, Float32: make([]float32, 4)}
		if isNumber {
			t = checkpoint.Tensor{Name: own, Shape: []int{}, Int64: []int64{1}}
		}
		f.Tensors = append(f.Tensors, t)
	}
	return &Source{File: f}
}

// TestLongName holds that a name of a million slashes is looked through in linear time.
func TestLongName(t *testing.T) {
	s := sourceOf(strings.Repeat("/", 1<<20) + "\n" + strings.Repeat("a/", 1<<19) + "logit/biases\n")
	fuzzbound.Default.Check(t, 2<<20, func() {
		if _, err := Match(info("mom"), s, nil); err != nil {
			t.Errorf("got error %.200v", err)
		}
	})
}

// FuzzMatch holds that no names make a panic or take more than linear time, and that each tensor is
// told once.
func FuzzMatch(f *testing.F) {
	for _, scope := range []string{"", "resnet/", "a/b/"} {
		f.Add(scope + "init/init_conv/DW\n" + scope + "unit_last/final_bn/moving_mean\nlogit/DW\nlogit/biases\nglobal_step!\n")
	}
	f.Add("m/unit_3_4/sub1/conv1/DW\nbeta1_power\nlogit/biases/Momentum\nlogit/biases/ExponentialMovingAverage\n")
	f.Add(strings.Repeat("/", 1000))
	f.Add(strings.Repeat("x/logit/biases\ny/logit/biases\n", 20))
	f.Fuzz(func(t *testing.T, list string) {
		s := sourceOf(list)
		bound := fuzzbound.Default
		bound.MemoryPerByte = 1 << 10 // a name of a byte is a row of some hundreds
		bound.Check(t, len(list), func() {
			r, err := Match(info("mom"), s, nil)
			if err != nil {
				return
			}
			if got := len(r.Matched) + len(r.Mismatched) + len(r.Extras) + len(r.Unexpected); got != len(s.File.Tensors) {
				t.Errorf("got %d tensors in the result, want %d", got, len(s.File.Tensors))
			}
			if err := r.Check(true); err == nil && len(r.Tensors(s)) != len(r.Matched) {
				t.Errorf("got %d tensors, want %d", len(r.Tensors(s)), len(r.Matched))
			}
			_ = r.Check(false)
			_ = r.WithInitialized(info("mom"), s, 1)
		})
	})
}
