package interchange

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// What a source that fits in all that it has may still be.
var (
	ErrMissing = errors.New("variables are missing")
	ErrDeeper  = errors.New("variables are of units that the network does not have")
)

// Check refuses a source that does not have all of the network's variables in their shapes, or
// those of a deeper network: an error that wraps [ErrMissing] or [ErrDeeper] if no shape is wrong.
// A source without slots or a step will do, and so will one with tensors that are nothing to the
// network. With partial, variables may be missing, but not all, units may be left over, and the
// last layer may have another shape.
func (r *Result) Check(partial bool) error {
	var mismatches checkpoint.MismatchError
	for i := range r.Mismatched {
		w := &r.Mismatched[i]
		if r.last[w.Variable()] {
			if partial {
				continue
			}
			mismatches.Hint = "the last layer is for another number of classes: --partial initializes it, and train --init starts from the rest"
		}
		mismatches.AddMismatch(w)
	}
	if err := mismatches.Err(); err != nil {
		return err
	}
	if Count(r.Matched, checkpoint.Variable) == 0 {
		return fmt.Errorf("%w: got none of the network's, want them by the names that info --json lists, after a scope or without one", ErrMissing)
	}
	var missing []string
	for _, row := range r.Missing {
		if row.Kind == checkpoint.Variable {
			missing = append(missing, row.Name)
		}
	}
	if len(missing) > 0 && !partial {
		return fmt.Errorf("%d %w (--partial initializes them):\n  %s", len(missing), ErrMissing, list(missing))
	}
	if len(r.deeper) > 0 && !partial {
		return fmt.Errorf("%d %w: it is a deeper network's (--partial skips them):\n  %s", len(r.deeper), ErrDeeper, list(r.deeper))
	}
	return nil
}

// CheckValues refuses tensors that have values which no network has, such as NaN or a negative
// variance: see [checkpoint.Tensor.CheckValues]. Each is named; the error wraps
// [checkpoint.ErrDiverged] if one has no numbers.
func CheckValues(tensors []checkpoint.Tensor) error {
	var wrong []string
	var diverged error
	for i := range tensors {
		if err := tensors[i].CheckValues(); err != nil {
			wrong = append(wrong, err.Error())
			if errors.Is(err, checkpoint.ErrDiverged) {
				diverged = checkpoint.ErrDiverged
			}
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return &valuesError{fmt.Sprintf("%d tensors have values that no network can have:\n  %s", len(wrong), list(wrong)), diverged}
}

// valuesError has a text that names what is wrong already, and wraps why it is.
type valuesError struct {
	text string
	why  error // may be nil
}

func (e *valuesError) Error() string { return e.text }
func (e *valuesError) Unwrap() error { return e.why }

// CheckUnexpected refuses a source with tensors that no checkpoint of the network has, whatever its
// optimizer.
func (r *Result) CheckUnexpected() error {
	variables := map[string]bool{}
	for _, row := range r.Matched {
		variables[row.Name] = true
	}
	var mismatches checkpoint.MismatchError
	for _, o := range slices.Concat(r.Extras, r.Unexpected) {
		isSlot := slices.ContainsFunc(abi.Slots(), func(slot abi.Slot) bool {
			of, ok := strings.CutSuffix(o.Name, slot.Suffix)
			return ok && variables[of]
		})
		if !isSlot {
			mismatches.AddUnexpected(o.Name)
		}
	}
	return mismatches.Err()
}

func list(names []string) string {
	if n := len(names); n > checkpoint.MaxNamed {
		names = append(slices.Clone(names[:checkpoint.MaxNamed]), fmt.Sprintf("and %d more", n-checkpoint.MaxNamed))
	}
	return strings.Join(names, "\n  ")
}

// Unmatched lists the network's variables that have not matched.
func (r *Result) Unmatched(i *network.Info) (fresh []network.VariableInfo) {
	matched := map[string]bool{}
	for _, row := range r.Matched {
		matched[row.Name] = true
	}
	for _, v := range i.Variables {
		if !matched[v.Name] {
			fresh = append(fresh, v)
		}
	}
	return fresh
}

// WithInitialized returns what has matched, and first values by a seed for the variables that have
// not. What a source has beside a variable that is made new is left out.
func (r *Result) WithInitialized(i *network.Info, s *Source, seed uint64) []checkpoint.Tensor {
	fresh := map[string]bool{}
	var made []network.Variable
	for _, v := range r.Unmatched(i) {
		fresh[v.Name] = true
		made = append(made, network.Variable{VariableInfo: v, Value: make([]float32, v.Elements())})
	}
	network.Initialize(made, seed)
	companion := func(t checkpoint.Tensor) bool {
		return slices.ContainsFunc(r.Matched, func(row checkpoint.Expected) bool {
			return row.Name == t.Name && row.VariableName != "" && fresh[row.VariableName]
		})
	}
	tensors := r.Tensors(s)
	if len(made) > 0 {
		tensors = slices.DeleteFunc(tensors, companion)
	}
	for _, v := range made {
		tensors = append(tensors, checkpoint.TensorOf(&v.VariableInfo, v.Name, v.Value))
	}
	return tensors
}
