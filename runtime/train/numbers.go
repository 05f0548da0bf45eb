package train

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/eval"
)

// badNumber is an element of a variable that is no number, or infinite.
type badNumber struct {
	variable *network.VariableInfo
	index    int
	value    float32
}

func (b *badNumber) String() string {
	return fmt.Sprintf("%s[%d] = %g", b.variable.Name, b.index, b.value)
}

// notFinite returns the first of the variables' elements that is no number or infinite, or nil. Variables are in the
// order in which the forward pass uses them.
func notFinite(variables []network.Variable) *badNumber {
	for i := range variables {
		v := &variables[i]
		if allFinite(v.Value) {
			continue
		}
		index := slices.IndexFunc(v.Value, func(x float32) bool { return !finite(float64(x)) })
		return &badNumber{&v.VariableInfo, index, v.Value[index]}
	}
	return nil
}

// allFinite says that all of some numbers are finite. It runs before every step, so it is quick: x−x is 0, unless x is
// infinite or no number; and NaN stays NaN in a sum.
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

// checkNumbers refuses variables that have diverged.
func (r *runner) checkNumbers() error {
	bad := notFinite(r.Net.Variables())
	if bad == nil {
		return nil
	}
	return r.diverged(r.step, bad.String(), r.layerOf(bad.variable))
}

// layerOf names the layers that can be the first to come to a variable's number that is none.
func (r *runner) layerOf(v *network.VariableInfo) string {
	return strings.Join(r.Info.Sources(v), " or ")
}

// diverged says that a step came to no number, and in which layer that began if that is known.
func (r *runner) diverged(step int, what, layer string) error {
	if layer != "" {
		layer = ", first in layer " + layer
	}
	return fmt.Errorf("step %d: got %s, want a number: the training has diverged%s; %s; a lower learning rate may help", step, what, layer, r.lastBefore(step))
}

// lastBefore says which checkpoint is left of a run that came to no number at a step. One of this step itself was written without an
// evaluation, when the run was stopped.
func (r *runner) lastBefore(step int) string {
	steps, err := r.folder.Steps()
	if err != nil || len(steps) == 0 {
		return "it has no checkpoint yet"
	}
	n, own := slices.BinarySearch(steps, step)
	switch {
	case own && n == 0:
		return "its only checkpoint has diverged, too: " + r.folder.Checkpoint(step)
	case own:
		return fmt.Sprintf("remove %s, which has diverged, too, and --resume goes on from %s", r.folder.Checkpoint(step), r.folder.Checkpoint(steps[n-1]))
	case n == 0:
		return "it has no checkpoint from before"
	}
	return "its last checkpoint is kept, " + r.folder.Checkpoint(steps[n-1])
}

// firstLayer names the layer in which a training step's forward pass came to its first number that is none: that of
// the variable that was none before the step, if there was one. Else the moving averages tell, which the step's forward
// pass has moved: the first norm, in the order of execution, whose averages are no numbers any more has read what its
// predecessor computed. If all norms have seen numbers, it is the last layer.
func (r *runner) firstLayer(before *badNumber) string {
	layers := r.Info.Layers
	if before != nil {
		return fmt.Sprintf("%s, where %s", r.layerOf(before.variable), before)
	}
	for _, v := range r.Net.Variables() {
		if v.Role.Moving() && !allFinite(v.Value) {
			return r.layerOf(&v.VariableInfo)
		}
	}
	if len(layers) == 0 {
		return ""
	}
	return layers[len(layers)-1].Name
}

// firstLayerInTest names the layer in which an evaluation came to its first number that is none. If all variables are numbers,
// it evaluates the first batch whose loss is none again, with the trainable variables of all layers behind one set to 0. Zeros keep
// numbers numbers, but 0·∞ and 0·NaN are NaN: so the loss is none exactly if the layers up to that one come to it. A bisection
// finds the first.
func (r *runner) firstLayerInTest() string {
	r.averages.Swap() // these were evaluated
	defer r.averages.Swap()
	if bad := notFinite(r.Net.Variables()); bad != nil {
		return r.firstLayer(bad)
	}
	layers := r.Info.Layers
	diverges := r.divergingBatch()
	if diverges == nil || len(layers) == 0 {
		return "" // it takes other views of the images
	}
	first := sort.Search(len(layers)-1, func(last int) bool { return r.withoutLayersBehind(last, diverges) })
	return layers[first].Name
}

// divergingBatch returns a function that evaluates the first batch of the measured images whose loss is no number, and says
// whether it still is none; nil if there is no such batch.
func (r *runner) divergingBatch() (diverges func() bool) {
	set, n := r.images.Measured, min(r.Info.EvalBatch, r.images.Measured.Len())
	evaluate := eval.Plain(r.Net, set, n)
	for first := 0; first < set.Len(); first += n {
		diverges = func() bool {
			m, _ := evaluate(first, min(n, set.Len()-first))
			return !finite(m.Loss)
		}
		if diverges() {
			return diverges
		}
	}
	return nil
}

// withoutLayersBehind does something while the trainable variables of all layers behind one are 0.
func (r *runner) withoutLayersBehind(last int, do func() bool) bool {
	kept := map[string][]float32{}
	variables := r.Net.Variables()
	for _, v := range variables {
		if r.Info.Ops[v.Op].Layer > last && v.Trainable {
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
