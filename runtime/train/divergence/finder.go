// Package divergence finds where a training produced NaN or Inf: in which variable, and first in
// which layer.
package divergence

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/eval"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// Finder finds the layer that produced the first NaN or Inf. It leaves the network unchanged.
type Finder struct {
	Info     *network.Info
	Net      network.Network
	Averages *state.Averages // which evaluations use; may be nil
}

// NonFinite is an element of a variable that is NaN or Inf.
type NonFinite struct {
	Variable *network.VariableInfo
	Index    int
	Value    float32
}

// String names the element, by its place in a checkpoint, with its value.
func (b *NonFinite) String() string {
	return fmt.Sprintf("%s[%d] = %g", b.Variable.Name, b.Variable.FileIndex(b.Index), b.Value)
}

// FirstNonFinite returns the first NaN or Inf in the variables, or nil. Variables are in the order
// in which the forward pass uses them.
func FirstNonFinite(variables []network.Variable) *NonFinite {
	for i := range variables {
		v := &variables[i]
		if allFinite(v.Value) {
			continue
		}
		index := slices.IndexFunc(v.Value, func(x float32) bool { return !Finite(float64(x)) })
		return &NonFinite{&v.VariableInfo, index, v.Value[index]}
	}
	return nil
}

// allFinite reports whether all values are finite. It runs before every step, so it is quick: x−x
// is 0 unless x is NaN or Inf, and NaN stays NaN in a sum.
func allFinite(values []float32) bool {
	var a, b, c, d float32
	for ; len(values) >= 4; values = values[4:] {
		a += values[0] - values[0]
		b += values[1] - values[1]
		c += values[2] - values[2]
		d += values[3] - values[3]
	}
	for _, x := range values {
		a += x - x
	}
	return a+b+c+d == 0
}

// LayerOf names the layers that can be the first to produce NaN or Inf in a variable.
func (f *Finder) LayerOf(v *network.VariableInfo) string {
	return strings.Join(f.Info.OriginLayers(v), " or ")
}

// InStep names the layer that produced the first NaN or Inf in a training step's forward pass. If a
// variable was NaN or Inf before the step, it is that variable's layer. Otherwise the moving
// averages tell, since the forward pass has updated them: the first norm in the order of execution
// with NaN or Inf in its averages has read the output of the layer before it. If all averages are
// finite, it is the last layer.
func (f *Finder) InStep(before *NonFinite) string {
	layers := f.Info.Layers
	if before != nil {
		return fmt.Sprintf("%s, where %s", f.LayerOf(before.Variable), before)
	}
	for _, v := range f.Net.Variables() {
		if v.Role.Moving() && !allFinite(v.Value) {
			return f.LayerOf(&v.VariableInfo)
		}
	}
	if len(layers) == 0 {
		return ""
	}
	return layers[len(layers)-1].Name
}

// InEvaluation names the layer that produced the first NaN or Inf in an evaluation. If all
// variables are finite, it repeats the first batch whose loss is not, with the trainable variables
// of all layers after a chosen one set to 0. Zeros keep finite values finite, but 0·∞ and 0·NaN are
// NaN. So the loss is NaN or Inf exactly if the layers up to the chosen one produce it. A bisection
// finds the first.
func (f *Finder) InEvaluation(set *dataset.Set) string {
	f.Averages.Swap() // these were evaluated
	defer f.Averages.Swap()
	if bad := FirstNonFinite(f.Net.Variables()); bad != nil {
		return f.InStep(bad)
	}
	layers := f.Info.Layers
	diverges := f.divergingBatch(set)
	if diverges == nil || len(layers) == 0 {
		return "" // it takes other views of the images
	}
	first := sort.Search(len(layers)-1, func(last int) bool { return f.withoutLayersAfter(last, diverges) })
	return layers[first].Name
}

// divergingBatch returns a function that repeats the first batch of a set whose loss is NaN or Inf
// and reports whether it still is; nil if there is no such batch.
func (f *Finder) divergingBatch(set *dataset.Set) (diverges func() bool) {
	n := min(f.Info.EvalBatch, set.Len())
	evaluate := eval.NewPlainEvaluator(f.Net, set, n)
	for first := 0; first < set.Len(); first += n {
		diverges = func() bool {
			m, _ := evaluate(first, min(n, set.Len()-first))
			return !Finite(m.Loss)
		}
		if diverges() {
			return diverges
		}
	}
	return nil
}

// withoutLayersAfter calls do while the trainable variables of all layers after one are 0.
func (f *Finder) withoutLayersAfter(last int, do func() bool) bool {
	kept := map[string][]float32{}
	variables := f.Net.Variables()
	for _, v := range variables {
		if f.Info.Ops[v.Op].Layer > last && v.Trainable {
			kept[v.Name] = slices.Clone(v.Value)
			clear(v.Value)
		}
	}
	defer func() {
		for _, v := range variables {
			copy(v.Value, kept[v.Name])
		}
	}()
	return do()
}

// Finite reports whether x is neither NaN nor Inf.
func Finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
