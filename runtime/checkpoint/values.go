package checkpoint

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// ErrDiverged is in the error of a tensor with NaN or Inf.
var ErrDiverged = errors.New("the training has diverged")

// AverageSuffix is what the name of a variable's moving average over the training steps has behind
// the variable's.
const AverageSuffix = "/ExponentialMovingAverage"

// VariableOf returns the name of the variable that a tensor belongs to: its own, or of what an
// optimizer or an average keeps of one, that.
func VariableOf(tensor string) string {
	for _, slot := range abi.Slots() {
		tensor = strings.TrimSuffix(tensor, slot.Suffix)
	}
	return strings.TrimSuffix(tensor, AverageSuffix)
}

// CheckValues returns an error that names the tensor and its first float32 value that a network
// cannot have: NaN or infinity, for which the error wraps [ErrDiverged], or a negative number in
// what is a mean of squares by the tensor's name.
func (t *Tensor) CheckValues() error {
	square := t.isSquare()
	for i, x := range t.Float32 {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return fmt.Errorf("variable %s: got %g at element %d, want finite numbers: %w", t.Name, x, i, ErrDiverged)
		}
		if square && x < 0 {
			return fmt.Errorf("variable %s: got %g at element %d, want 0 or more", t.Name, x, i)
		}
	}
	return nil
}

// isSquare says that a tensor, or the variable that it is the moving average of, holds means of
// squares: a batch norm's variances, or an optimizer's.
func (t *Tensor) isSquare() bool {
	name := strings.TrimSuffix(t.Name, AverageSuffix)
	ends := func(suffix string) bool { return strings.HasSuffix(name, suffix) }
	return slices.ContainsFunc(network.MovingVariance.Suffixes(), ends) ||
		slices.ContainsFunc(abi.Slots(), func(s abi.Slot) bool { return s.NonNegative && strings.HasSuffix(name, s.Suffix) })
}
