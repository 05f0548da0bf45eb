package checkpoint

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// StepName is the name of the step's counter.
const StepName = "global_step"

// Kind is the role of a tensor in a network.
type Kind string

// The kinds.
const (
	Variable Kind = "variable"
	Slot     Kind = "slot"    // an optimizer slot of a variable
	Average  Kind = "average" // a variable's moving average
	Step     Kind = "step"
)

// Expected is a tensor that a network expects in a file.
type Expected struct {
	Name         string `json:"name"`
	Kind         Kind   `json:"kind"`
	Source       string `json:"source,omitempty"` // its name in the file; empty: it is missing
	Shape        []int  `json:"shape"`
	VariableName string `json:"-"` // the variable's name, of a slot or an average
}

// Variable returns the name of the variable that the tensor belongs to.
func (w *Expected) Variable() string {
	if w.VariableName != "" {
		return w.VariableName
	}
	return w.Name
}

func (w *Expected) fits(d TensorInfo) bool {
	if w.Kind == Step {
		return d.Type == "int64" && Elements(d.Shape) == 1
	}
	return d.Type == "float32" && slices.Equal(d.Shape, w.Shape)
}

// String says what type and shape are wanted.
func (w *Expected) String() string {
	elements := "float32"
	if w.Kind == Step {
		elements = "int64"
	}
	return fmt.Sprintf("%s of shape %v", elements, w.Shape)
}

// TensorInfo describes a tensor without its values.
type TensorInfo struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Shape []int  `json:"shape"`
}

// Mismatch is a tensor with the expected name but another type or shape.
type Mismatch struct {
	Expected
	GotType  string `json:"got_type"`
	GotShape []int  `json:"got_shape"`
}

// Matcher finds a network's tensors in a file, and gathers what does not fit.
type Matcher struct {
	Scope      string // what stands before the names in the file, with its "/"
	Matched    []Expected
	Missing    []Expected // never averages
	Mismatched []Mismatch

	file   *File
	others []TensorInfo // tensors of types that no network has
	places map[string]int
	used   []bool
}

// NewMatcher returns a Matcher of a file, in which there are others, of types that no network has.
func NewMatcher(f *File, others ...TensorInfo) *Matcher {
	n := len(f.Tensors) + len(others)
	m := &Matcher{file: f, others: others, places: make(map[string]int, n), used: make([]bool, n)}
	for i := range n {
		m.places[m.at(i).Name] = i
	}
	return m
}

func (m *Matcher) at(i int) TensorInfo {
	if own := len(m.file.Tensors); i >= own {
		return m.others[i-own]
	}
	t := &m.file.Tensors[i]
	return TensorInfo{t.Name, t.Type(), t.Shape}
}

// whole says that a tensor has the values that its shape announces.
func (m *Matcher) whole(i int) bool {
	if i >= len(m.file.Tensors) {
		return false
	}
	t := &m.file.Tensors[i]
	return max(len(t.Float32), len(t.Int64)) == Elements(t.Shape)
}

// Match looks for a tensor by each of its possible names in the file, and takes the first that is
// there. It returns nil if that has another type or shape, or if there is none.
func (m *Matcher) Match(w Expected, names ...string) *Tensor {
	for _, name := range names {
		i, ok := m.places[name]
		if !ok {
			continue
		}
		m.used[i] = true
		w.Source = name
		if d := m.at(i); !w.fits(d) || !m.whole(i) {
			m.Mismatched = append(m.Mismatched, Mismatch{w, d.Type, d.Shape})
			return nil
		}
		m.Matched = append(m.Matched, w)
		return &m.file.Tensors[i]
	}
	if w.Kind != Average {
		m.Missing = append(m.Missing, w)
	}
	return nil
}

// Variable matches a variable, its optimizer slots, and its moving
// average.
func (m *Matcher) Variable(v *network.VariableInfo, slots []abi.Slot) {
	shape, names := v.FileShape(), []string{m.Scope + v.Name}
	if of, last := strings.CutPrefix(v.Name, "fc."); last { // the paper's networks in PyTorch call it so
		names = append(names, m.Scope+"linear."+of)
	}
	m.Match(Expected{Name: v.Name, Kind: Variable, Shape: shape}, names...)
	companion := func(kind Kind, suffix string) {
		// TensorFlow makes a slot's name of its variable's whole name, within the scope that is
		// open then: so a model's scope may stand there twice.
		name := m.Scope + v.Name + suffix
		m.Match(Expected{Name: v.Name + suffix, Kind: kind, Shape: shape, VariableName: v.Name}, name, m.Scope+name)
	}
	if v.Trainable {
		for _, slot := range slots {
			companion(Slot, slot.Suffix)
		}
	}
	companion(Average, AverageSuffix)
}

// Step matches the step's counter.
func (m *Matcher) Step() {
	m.Match(Expected{Name: StepName, Kind: Step, Shape: []int{}}, m.Scope+StepName, StepName)
}

// Tensor returns the tensor that a match has taken.
func (m *Matcher) Tensor(w *Expected) *Tensor { return &m.file.Tensors[m.places[w.Source]] }

// Unmatched yields what has not been taken, in the file's order, but for the counters that PyTorch
// keeps of its batch norms.
func (m *Matcher) Unmatched() iter.Seq[TensorInfo] {
	return func(yield func(TensorInfo) bool) {
		for i, used := range m.used {
			if t := m.at(i); !used && !isBatchCounter(t.Name) && !yield(t) {
				return
			}
		}
	}
}

// MaxNamed is how many tensors an error names.
const MaxNamed = 8

// MismatchError is the error of tensors that do not fit a network. It names the first [MaxNamed].
type MismatchError struct {
	all   int
	named []string
	Hint  string // what to do about it, a line; may be empty
}

// Add adds a line that says what does not fit.
func (m *MismatchError) Add(line string) {
	if m.all++; m.all <= MaxNamed {
		m.named = append(m.named, line)
	}
}

// AddMismatch adds a tensor of another type or shape.
func (m *MismatchError) AddMismatch(w *Mismatch) {
	m.Add(fmt.Sprintf("%s: got %s of shape %v, want %s", w.Source, w.GotType, w.GotShape, &w.Expected))
}

// AddMissing adds a tensor that is not there.
func (m *MismatchError) AddMissing(w *Expected) {
	m.Add(fmt.Sprintf("%s: missing, want %s", w.Name, w))
}

// AddUnexpected adds a tensor that the network does not have.
func (m *MismatchError) AddUnexpected(name string) {
	m.Add(name + ": unexpected tensor, which the network does not have")
}

// Err returns the error, or nil if all fits.
func (m *MismatchError) Err() error {
	if m.all == 0 {
		return nil
	}
	return m
}

// Error names the first.
func (m *MismatchError) Error() string {
	lines := m.named
	if more := m.all - len(lines); more > 0 {
		lines = append(slices.Clip(lines), fmt.Sprintf("and %d more", more))
	}
	text := fmt.Sprintf("%d tensors do not fit the network:\n  %s", m.all, strings.Join(lines, "\n  "))
	if m.Hint != "" {
		text += "\n  " + m.Hint
	}
	return text
}

// Mismatches returns the wrong and missing tensors, without those that except reports; except may
// be nil. Slots, averages and the step may be missing.
func (m *Matcher) Mismatches(except func(*Expected) bool) *MismatchError {
	mismatches := &MismatchError{}
	for i := range m.Mismatched {
		if w := &m.Mismatched[i]; except == nil || !except(&w.Expected) {
			mismatches.AddMismatch(w)
		}
	}
	for i := range m.Missing {
		if w := &m.Missing[i]; w.Kind == Variable && (except == nil || !except(w)) {
			mismatches.AddMissing(w)
		}
	}
	return mismatches
}
