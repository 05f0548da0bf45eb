// Package divergence finds where a training came to NaN or Inf: in which variable, and in which
// layer that began.
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

// Finder finds the layer in which a network came to NaN or Inf. It leaves the network as it was.
type Finder struct {
	Info     *network.Info
	Net      network.Network
	Averages *state.Averages // which evaluations use; may be nil
}

// BadNumber is an element of a variable that is no number, or infinite.
type BadNumber struct {
	Variable *network.VariableInfo
	Index    int
	Value    float32
}

// String names the element, with its value.
func (b *BadNumber) String() string {
	return fmt.Sprintf("%s[%d] = %g", b.Variable.Name, b.Index, b.Value)
}

// NotFinite returns the first of the variables' elements that is no number or infinite, or nil.
// Variables are in the order in which the forward pass uses them.
func NotFinite(variables []network.Variable) *BadNumber {
	for i := range variables {
		v := &variables[i]
		if allFinite(v.Value) {
			continue
		}
		index := slices.IndexFunc(v.Value, func(x float32) bool { return !Finite(float64(x)) })
		return &BadNumber{&v.VariableInfo, index, v.Value[index]}
	}
	return nil
}

// allFinite says that all of some numbers are finite. It runs before every step, so it is quick:
// x−x is 0, unless x is infinite or no number; and NaN stays NaN in a sum.
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

// LayerOf names the layers that can be the first to come to a variable's number that is none.
func (f *Finder) LayerOf(v *network.VariableInfo) string {
	return strings.Join(f.Info.Sources(v), " or ")
}

// InStep names the layer in which a training step's forward pass came to its first number that is
// none: that of the variable that was none before the step, if there was one. Else the moving
// averages tell, which the step's forward pass has moved: the first norm, in the order of
// execution, whose averages are no numbers any more has read what its predecessor computed. If all
// norms have seen numbers, it is the last layer.
func (f *Finder) InStep(before *BadNumber) string {
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

// InEvaluation names the layer in which an evaluation came to its first number that is none. If all
// variables are numbers, it evaluates the first batch whose loss is none again, with the trainable
// variables of all layers behind one set to 0. Zeros keep numbers numbers, but 0·∞ and 0·NaN are
// NaN: so the loss is none exactly if the layers up to that one come to it. A bisection finds the
// first.
func (f *Finder) InEvaluation(set *dataset.Set) string {
	f.Averages.Swap() // these were evaluated
	defer f.Averages.Swap()
	if bad := NotFinite(f.Net.Variables()); bad != nil {
		return f.InStep(bad)
	}
	layers := f.Info.Layers
	diverges := f.divergingBatch(set)
	if diverges == nil || len(layers) == 0 {
		return "" // it takes other views of the images
	}
	first := sort.Search(len(layers)-1, func(last int) bool { return f.withoutLayersBehind(last, diverges) })
	return layers[first].Name
}

// divergingBatch returns a function that evaluates the first batch of a set whose loss is no
// number, and says whether it still is none; nil if there is no such batch.
func (f *Finder) divergingBatch(set *dataset.Set) (diverges func() bool) {
	n := min(f.Info.EvalBatch, set.Len())
	evaluate := eval.Plain(f.Net, set, n)
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

// withoutLayersBehind does something while the trainable variables of all layers behind one are 0.
func (f *Finder) withoutLayersBehind(last int, do func() bool) bool {
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

// Finite says that a number is neither NaN nor infinite.
func Finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
