// Package interchange matches the tensors of another program's file with a network's variables, by the official model's
// names: with a model's scope before them or without, with what optimizers keep of them, their moving averages, and the
// step.
package interchange

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train"
)

// Source is what a file of some format holds.
type Source struct {
	Path   string // of the file that was read
	Format string
	File   *checkpoint.File
	Others []Other // tensors of types that no variable has
}

// Other is a tensor that the network does not take.
type Other struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Shape []int  `json:"shape"`
}

// Kind says what a tensor is to the network.
type Kind string

// The kinds.
const (
	Variable Kind = "variable"
	Slot     Kind = "slot"    // what the optimizer keeps of a variable
	Average  Kind = "average" // a variable's moving average
	Step     Kind = "step"
)

// Row is a tensor that the network has.
type Row struct {
	Name   string `json:"name"`
	Kind   Kind   `json:"kind"`
	Source string `json:"source,omitempty"` // its name in the source; empty: it is missing
	Shape  []int  `json:"shape"`
	Of     string `json:"-"` // the variable's name, of a slot or an average
	Last   bool   `json:"-"` // it belongs to the layer whose shape depends on the number of classes
}

// Wrong is a tensor that has the right name and another type or shape.
type Wrong struct {
	Row
	GotType  string `json:"got_type"`
	GotShape []int  `json:"got_shape"`
}

// String says what is wrong.
func (w *Wrong) String() string {
	wantType := "float32"
	if w.Kind == Step {
		wantType = "int64"
	}
	return fmt.Sprintf("%s: got %s of shape %v, want %s of shape %v", w.Source, w.GotType, w.GotShape, wantType, w.Shape)
}

// Result says what of a source is what of a network.
type Result struct {
	Scope    string  `json:"scope"`     // what stands before the variables' names, with its "/"
	Matched  []Row   `json:"matched"`   // in the network's order
	Missing  []Row   `json:"missing"`   // never averages
	Wrong    []Wrong `json:"wrong"`     //
	Extras   []Other `json:"extras"`    // what the official model has besides, and the network has no use for
	LeftOver []Other `json:"left_over"` // the rest

	deeper []string // of LeftOver: variables of units that the network has not
}

// Count returns how many rows are of a kind.
func Count(rows []Row, k Kind) (n int) {
	for _, r := range rows {
		if r.Kind == k {
			n++
		}
	}
	return n
}

// matcher is a match that goes on.
type matcher struct {
	*Result
	tensors map[string]Other // of all types
	used    map[string]bool
}

// Match finds a network's variables in a source. Their names there begin with scope; nil: with what most of them begin
// with, which is an error if that is not one scope alone.
func Match(i *network.Info, s *Source, scope *string) (*Result, error) {
	m := &matcher{Result: &Result{Matched: []Row{}, Missing: []Row{}, Wrong: []Wrong{}, Extras: []Other{}, LeftOver: []Other{}}, tensors: map[string]Other{}, used: map[string]bool{}}
	for k := range s.File.Tensors {
		t := &s.File.Tensors[k]
		m.tensors[t.Name] = Other{t.Name, t.Type(), t.Shape}
	}
	for _, o := range s.Others {
		m.tensors[o.Name] = o
	}
	if scope != nil {
		if m.Scope = *scope; m.Scope != "" && !strings.HasSuffix(m.Scope, "/") {
			m.Scope += "/"
		}
	} else if err := m.findScope(i); err != nil {
		return nil, err
	}
	slots := abi.OptimizerNamed(i.Optimizer).Slots
	for k := range i.Variables {
		v := &i.Variables[k]
		m.variable(v, i.InLastLayer(v), slots)
	}
	m.row(Row{Name: train.StepName, Kind: Step, Shape: []int{}}, m.Scope+train.StepName, train.StepName)
	m.rest(i)
	return m.Result, nil
}

// findScope takes the scope under which most variables are.
func (m *matcher) findScope(i *network.Info) error {
	names, longest := map[string]bool{}, 0
	for _, v := range i.Variables {
		names[v.Name] = true
		longest = max(longest, len(v.Name))
	}
	votes := map[string]int{}
	for name := range m.tensors {
		if names[name] {
			votes[""]++
		}
		for k := max(len(name)-longest-1, 0); k < len(name); k++ { // a name may be long, and all slashes
			if name[k] == '/' && names[name[k+1:]] {
				votes[name[:k+1]]++
			}
		}
	}
	best := []string(nil)
	for _, scope := range slices.Sorted(maps.Keys(votes)) {
		switch {
		case best == nil || votes[scope] > votes[best[0]]:
			best = []string{scope}
		case votes[scope] == votes[best[0]]:
			best = append(best, scope)
		}
	}
	if len(best) == 0 {
		return nil // all is missing
	}
	if len(best) > 1 {
		return fmt.Errorf("got %d variables each under the scopes %.200q, want one scope: say which with --scope", votes[best[0]], best[:min(len(best), mostNamed)])
	}
	m.Scope = best[0]
	return nil
}

// variable matches a variable with its companions.
func (m *matcher) variable(v *network.VariableInfo, last bool, slots []abi.Slot) {
	m.row(Row{Name: v.Name, Kind: Variable, Shape: v.Shape, Last: last}, m.Scope+v.Name)
	companion := func(kind Kind, suffix string) {
		// TensorFlow makes a slot's name of its variable's whole name, within the scope that is open then: so a model's
		// scope may stand there twice.
		name := m.Scope + v.Name + suffix
		m.row(Row{Name: v.Name + suffix, Kind: kind, Shape: v.Shape, Of: v.Name, Last: last}, name, m.Scope+name)
	}
	if v.Trainable {
		for _, slot := range slots {
			companion(Slot, slot.Suffix)
		}
	}
	companion(Average, train.AverageSuffix)
}

// row looks for a tensor of the network by each of its possible names.
func (m *matcher) row(r Row, names ...string) {
	for _, name := range names {
		t, ok := m.tensors[name]
		if !ok {
			continue
		}
		m.used[name] = true
		r.Source = name
		if r.fits(t) {
			m.Matched = append(m.Matched, r)
		} else {
			m.Wrong = append(m.Wrong, Wrong{r, t.Type, t.Shape})
		}
		return
	}
	if r.Kind != Average {
		m.Missing = append(m.Missing, r)
	}
}

func (r *Row) fits(t Other) bool {
	if r.Kind == Step {
		return t.Type == "int64" && checkpoint.Elements(t.Shape) == 1
	}
	return t.Type == "float32" && slices.Equal(t.Shape, r.Shape)
}

// rest lists what the network does not take.
func (m *matcher) rest(i *network.Info) {
	units := map[string]bool{}
	for _, v := range i.Variables {
		units[unitOf(v.Name)] = true
	}
	for _, name := range slices.Sorted(maps.Keys(m.tensors)) {
		switch {
		case m.used[name]:
		case expected(name):
			m.Extras = append(m.Extras, m.tensors[name])
		default:
			m.LeftOver = append(m.LeftOver, m.tensors[name])
			if own, ok := strings.CutPrefix(name, m.Scope); ok && unitOf(own) != "" && !units[unitOf(own)] {
				m.deeper = append(m.deeper, name)
			}
		}
	}
}

var unitVariable = regexp.MustCompile(`^(unit_\d+_\d+)/.*/(DW|beta|gamma|moving_mean|moving_variance)$`)

// unitOf is the residual unit of a variable; of other tensors it is empty.
func unitOf(name string) string {
	if found := unitVariable.FindStringSubmatch(name); found != nil {
		return found[1]
	}
	return ""
}

// extra are the names of the biased sums and counters of averages that start without bias; those of a second tower have
// a number behind them.
var extra = regexp.MustCompile(`(^|/)(moving_mean|moving_variance|ExponentialMovingAverage)/(biased|local_step)(_\d+)?$|(^|/)beta[12]_power$`)

// expected says that a tensor is one of those that TensorFlow's training of the official model makes besides: those of
// moving_averages.py, and the powers of Adam's decays.
func expected(name string) bool { return extra.MatchString(name) }

// Tensors returns what has matched under the network's names.
func (r *Result) Tensors(s *Source) (tensors []checkpoint.Tensor) {
	byName := map[string]*checkpoint.Tensor{}
	for i := range s.File.Tensors {
		byName[s.File.Tensors[i].Name] = &s.File.Tensors[i]
	}
	for _, row := range r.Matched {
		t := *byName[row.Source]
		t.Name, t.Shape = row.Name, row.Shape
		tensors = append(tensors, t)
	}
	return tensors
}
