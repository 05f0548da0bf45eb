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
)

// ErrDiverged is in the error of a checkpoint that has values which are no numbers, or of which such come: [checkpoint.ErrDiverged].
var ErrDiverged = checkpoint.ErrDiverged

// Variables are a checkpoint's, on their way into a network. What is wrong with them is gathered: [Variables.Err] tells.
type Variables struct {
	file     *checkpoint.File
	matcher  *checkpoint.Matcher
	taken    map[string]bool
	function checkpoint.Function
	other    error // the checkpoint's network computes something else of them
	errs     []error
}

// NewVariables returns the variables of a checkpoint, whose moving averages over the steps count where it has them, for a network
// that computes this of them.
func NewVariables(f *checkpoint.File, function checkpoint.Function) *Variables {
	if f == nil {
		f = &checkpoint.File{}
	}
	v := &Variables{file: f, matcher: checkpoint.NewMatcher(f), taken: map[string]bool{}, function: function}
	v.other = function.Check(f)
	return v
}

// ReadFile reads a checkpoint's file, and names it in errors.
func ReadFile(path string) (*checkpoint.File, error) {
	f, err := checkpoint.Read(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: want a checkpoint of the trainer, or what its export --format safetensors wrote", err)
	}
	return f, err
}

// Err returns what was missing or of another shape, once all has been taken; and what is left over, since a checkpoint of a deeper
// network has all that this one wants. Where all fits, it says whether the checkpoint's network computes something else.
func (v *Variables) Err() error {
	misfits := v.matcher.Misfits(nil)
	for t := range v.matcher.Left() {
		if name := checkpoint.VariableOf(t.Name); !v.taken[name] && name != checkpoint.StepName {
			misfits.AddUnknown(t.Name)
		}
	}
	if err := errors.Join(append([]error{misfits.Err()}, v.errs...)...); err != nil {
		return err
	}
	return v.other
}

// Get returns a variable's values, or zeros and an error in [Variables.Err] if they are missing, of another shape, or not such as a
// network can have. An error names the tensor that was read: of a variable with a moving average, that.
func (v *Variables) Get(name string, shape ...int) []float32 {
	v.taken[name] = true
	t := v.matcher.Match(checkpoint.Wanted{Name: name, Kind: checkpoint.Variable, Shape: shape}, name+checkpoint.AverageSuffix, name)
	if t == nil {
		return make([]float32, checkpoint.Elements(shape))
	}
	if err := t.CheckValues(); err != nil {
		v.errs = append(v.errs, err)
		return make([]float32, checkpoint.Elements(shape))
	}
	return t.Float32
}

// Relabel replaces the names that the spec has for the classes by those of the data that the network was trained on, where the
// checkpoint says them. A class that this data has not goes by its number.
func (v *Variables) Relabel(names []string) {
	own, err := checkpoint.Labels(v.file, len(names))
	if err != nil {
		v.errs = append(v.errs, err)
	}
	if len(own) > 0 {
		copy(names, classify.Names(own, len(names)))
	}
}

// Norm returns the batch norm of a scope as one product and sum: gamma/√(variance+ε) and beta − mean·gamma/√(variance+ε), of the
// moving averages, computed in float64 and rounded once.
func (v *Variables) Norm(scope string, channels int) Affine {
	scale, shift := v.norm(scope, channels)
	a := v.affine(channels)
	for c := range channels {
		a.Scale[c], a.Shift[c] = float32(scale[c]), float32(shift[c])
	}
	v.finite(scope, a.Scale, a.Shift)
	return a
}

// Convolution is a geometry that lays out weights, [kernel][kernel][in][out], for itself.
type Convolution interface {
	// Pack returns the weights as the convolution's kernels read them.
	Pack(weights []float32) []float32
	// WeightShape returns [kernel][kernel][in][out].
	WeightShape() [4]int
}

// Weights returns a convolution's weights, laid out.
func (v *Variables) Weights(c Convolution, name string) []float32 {
	shape := c.WeightShape()
	return c.Pack(v.Get(name, shape[:]...))
}

// Fold returns a convolution's weights times the scale of the batch norm behind it, laid out, and what is left of that: its shift.
// The products are computed in float64 and rounded once.
func (v *Variables) Fold(c Convolution, name, scope string) ([]float32, Affine) {
	shape := c.WeightShape()
	out := shape[3]
	scale, shift := v.norm(scope, out)
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

// finite gathers an error where values that have been computed of a checkpoint's are no numbers.
func (v *Variables) finite(what string, lists ...[]float32) {
	for _, values := range lists {
		for i, x := range values {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				v.errs = append(v.errs, fmt.Errorf("%s: got %g at element %d, want numbers: %w", what, x, i, ErrDiverged))
				return
			}
		}
	}
}

func (v *Variables) norm(scope string, channels int) (scale, shift []float64) {
	gamma, beta := v.Get(scope+"/gamma", channels), v.Get(scope+"/beta", channels)
	mean, variance := v.Get(scope+"/moving_mean", channels), v.Get(scope+"/moving_variance", channels)
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
