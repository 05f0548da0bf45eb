package engine

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/classify"
	"github.com/resnetgen/resnetgen/runtime/mem"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// ErrDiverged is in the error of a checkpoint whose values are NaN or Inf, or lead to NaN or Inf:
// [checkpoint.ErrDiverged].
var ErrDiverged = checkpoint.ErrDiverged

// Variables are a checkpoint's variables, from which a network takes its weights. Their methods
// collect errors: [Variables.Err] returns them.
type Variables struct {
	file       *checkpoint.File
	matcher    *checkpoint.Matcher
	taken      map[string]bool
	function   checkpoint.Function
	convention network.Convention
	other      error // the checkpoint is of a network that computes another function
	errs       []error
}

// NewVariables returns the variables of a checkpoint, for a network that computes this function. If
// the checkpoint has moving averages of its weights, these are what the network takes.
func NewVariables(f *checkpoint.File, function checkpoint.Function) *Variables {
	if f == nil {
		f = &checkpoint.File{}
	}
	v := &Variables{file: f, matcher: checkpoint.NewMatcher(f), taken: map[string]bool{}, function: function}
	v.other = function.Check(f)
	return v
}

// PyTorch says that variables have PyTorch's names and layouts, not TensorFlow's. It returns v.
func (v *Variables) PyTorch() *Variables {
	v.convention = network.PyTorch
	return v
}

// ReadFile reads a checkpoint. Errors name the file.
func ReadFile(path string) (*checkpoint.File, error) {
	f, err := checkpoint.Read(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: want a checkpoint of the trainer, or what its export --format safetensors wrote", err)
	}
	return f, err
}

// Err returns all errors, after the network has taken its variables: variables that were missing or
// had another shape, and variables that nothing has taken, since the checkpoint of a deeper network
// has all variables of this one. If there are none, it reports that the checkpoint is of a network
// that computes another function.
func (v *Variables) Err() error {
	mismatches := v.matcher.Mismatches(nil)
	for t := range v.matcher.Unmatched() {
		if name := checkpoint.VariableOf(t.Name); !v.taken[name] && name != checkpoint.StepName {
			mismatches.AddUnexpected(t.Name)
		}
	}
	if err := errors.Join(append([]error{mismatches.Err()}, v.errs...)...); err != nil {
		return err
	}
	return v.other
}

// Get returns the values of a variable of some shape in a network's memory, or zeros and an error
// in [Variables.Err] if they are missing, of another shape, or not such as a network can have. An
// error names the tensor that was read: of a variable with a moving average, that.
func (v *Variables) Get(name string, shape ...int) []float32 {
	v.taken[name] = true
	variable := network.VariableInfo{Name: name, Shape: shape, Layout: v.convention.Layout(len(shape))}
	t := v.matcher.Match(checkpoint.Expected{Name: name, Kind: checkpoint.Variable, Shape: variable.FileShape()}, name+checkpoint.AverageSuffix, name)
	if t == nil {
		return make([]float32, checkpoint.Elements(shape))
	}
	if err := t.CheckValues(); err != nil {
		v.errs = append(v.errs, err)
		return make([]float32, checkpoint.Elements(shape))
	}
	return t.InMemory(&variable)
}

// Relabel replaces the spec's names of classes by those of the data that the network was trained
// on, if the checkpoint has them. A class that these data lack is named by its number.
func (v *Variables) Relabel(names []string) {
	own, err := checkpoint.Labels(v.file, len(names))
	if err != nil {
		v.errs = append(v.errs, err)
	}
	if len(own) > 0 {
		copy(names, classify.Names(own, len(names)))
	}
}

// Norm returns the batch normalization of a scope, with its moving averages, as one multiply-add:
// gamma/√(variance+ε) and beta − mean·gamma/√(variance+ε), computed in float64 and rounded once.
func (v *Variables) Norm(scope string, channels int) Affine {
	scale, shift := v.norm(scope, channels)
	a := v.affine(channels)
	for c := range channels {
		a.Scale[c], a.Shift[c] = float32(scale[c]), float32(shift[c])
	}
	v.finite(scope, a.Scale, a.Shift)
	return a
}

// Convolution is a convolution that packs its own weights.
type Convolution interface {
	// Pack returns weights, [kernel][kernel][in][out], as kernels read them.
	Pack(weights []float32) []float32
	// WeightShape returns kernel, kernel, in, out.
	WeightShape() [4]int
}

// Weights returns a convolution's packed weights.
func (v *Variables) Weights(c Convolution, name string) []float32 {
	shape := c.WeightShape()
	return c.Pack(v.Get(name, shape[:]...))
}

// Fold returns a convolution's weights times the scale of the batch normalization behind it,
// packed, and what is left of the normalization: its shift. The products are computed in float64
// and rounded once.
func (v *Variables) Fold(c Convolution, name, scope string) ([]float32, Affine) {
	return v.fold(c, name, nil, scope)
}

// FoldWithBias is [Variables.Fold] of a convolution with biases, which become part of the shift.
func (v *Variables) FoldWithBias(c Convolution, name, bias, scope string) ([]float32, Affine) {
	return v.fold(c, name, v.Get(bias, c.WeightShape()[3]), scope)
}

// fold folds a convolution, whose biases may be nil, and the batch normalization behind it.
func (v *Variables) fold(c Convolution, name string, biases []float32, scope string) ([]float32, Affine) {
	shape := c.WeightShape()
	out := shape[3]
	scale, shift := v.norm(scope, out)
	for k, b := range biases {
		shift[k] += float64(float64(b) * scale[k])
	}
	folded := slices.Clone(v.Get(name, shape[:]...))
	for i := range folded {
		folded[i] = float32(float64(folded[i]) * scale[i%out])
	}
	a := v.affine(out)
	for k := range out {
		a.Scale[k], a.Shift[k] = 1, float32(shift[k])
	}
	v.finite(name+" with "+scope, folded, a.Shift)
	return c.Pack(folded), a
}

// FoldShortcut is [Variables.Fold] of a convolution whose output is added to another's: it adds the
// shift to that one's.
func (v *Variables) FoldShortcut(c Convolution, name, scope string, to *Affine) []float32 {
	folded, a := v.Fold(c, name, scope)
	v.addShift(to, &a, scope)
	return folded
}

// FoldShortcutWithBias is [Variables.FoldShortcut] of a convolution with biases, which become part
// of the shift.
func (v *Variables) FoldShortcutWithBias(c Convolution, name, bias, scope string, to *Affine) []float32 {
	folded, a := v.FoldWithBias(c, name, bias, scope)
	v.addShift(to, &a, scope)
	return folded
}

// addShift adds the shift of a scope to another.
func (v *Variables) addShift(to, a *Affine, scope string) {
	for k, shift := range a.Shift {
		to.Shift[k] += shift
	}
	v.finite(scope, to.Shift)
}

// finite adds an error if values that were computed from a checkpoint's are NaN or Inf.
func (v *Variables) finite(what string, lists ...[]float32) {
	for _, values := range lists {
		for i, x := range values {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				v.errs = append(v.errs, fmt.Errorf("%s: got %g at element %d, want finite numbers: %w", what, x, i, ErrDiverged))
				return
			}
		}
	}
}

func (v *Variables) norm(scope string, channels int) (scale, shift []float64) {
	get := func(r network.Role) []float32 { return v.Get(v.convention.Variable(scope, r), channels) }
	gamma, beta, mean, variance := get(network.Gamma), get(network.Beta), get(network.MovingMean), get(network.MovingVariance)
	scale, shift = make([]float64, channels), make([]float64, channels)
	for c := range channels {
		scale[c] = float64(gamma[c]) / math.Sqrt(float64(variance[c])+v.function.Epsilon)
		shift[c] = float64(beta[c]) - float64(float64(mean[c])*scale[c])
	}
	return scale, shift
}

func (v *Variables) affine(channels int) Affine {
	return Affine{aligned(channels), aligned(channels), float32(v.function.Leak)}
}

// aligned returns n zeros that begin on a cache line.
func aligned(n int) []float32 {
	return mem.Slice[float32](mem.New(int64(n)*4), 0, n)
}
