// Package interchange matches the tensors of another program's file with a network's variables, by
// the network's names, with or without a scope. Optimizer slots, moving averages and the step are
// matched too.
package interchange

import (
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// Source is what a file of some format holds.
type Source struct {
	Path        string // of the file that was read
	Format      string
	File        *checkpoint.File
	Unsupported []checkpoint.TensorInfo // tensors of types that no variable has
}

// Result is the match of a source with a network.
type Result struct {
	Scope      string                  `json:"scope"`      // prefix of the variables' names, with its "/"
	Matched    []checkpoint.Expected   `json:"matched"`    // in the network's order
	Missing    []checkpoint.Expected   `json:"missing"`    // never averages
	Mismatched []checkpoint.Mismatch   `json:"mismatched"` // of another type or shape
	Extras     []checkpoint.TensorInfo `json:"extras"`     // known tensors of the official model that the network does not use
	Unexpected []checkpoint.TensorInfo `json:"unexpected"` // the rest

	deeper []string        // of Unexpected: variables of units that the network does not have
	last   map[string]bool // the variables of the last layer, whose shape depends on the number of classes
}

// Count returns how many rows are of a kind.
func Count(rows []checkpoint.Expected, k checkpoint.Kind) (n int) {
	for _, r := range rows {
		if r.Kind == k {
			n++
		}
	}
	return n
}

// Match finds a network's variables in a source. Their names there begin with scope; nil: with what
// most of them begin with, which is an error if that is not one scope alone.
func Match(i *network.Info, s *Source, scope *string) (*Result, error) {
	m := checkpoint.NewMatcher(s.File, s.Unsupported...)
	if scope != nil {
		if m.Scope = *scope; m.Scope != "" && !strings.HasSuffix(m.Scope, "/") {
			m.Scope += "/"
		}
	} else if err := findScope(m, i); err != nil {
		return nil, err
	}
	slots := abi.OptimizerNamed(i.Optimizer).Slots
	last := map[string]bool{}
	for k := range i.Variables {
		v := &i.Variables[k]
		m.Variable(v, slots)
		last[v.Name] = i.InLastLayer(v)
	}
	m.Step()
	r := &Result{
		Scope:   m.Scope,
		Matched: orEmpty(m.Matched), Missing: orEmpty(m.Missing), Mismatched: orEmpty(m.Mismatched),
		Extras: []checkpoint.TensorInfo{}, Unexpected: []checkpoint.TensorInfo{},
		last: last,
	}
	r.rest(i, m.Unmatched())
	return r, nil
}

// orEmpty returns a list that is no null in JSON.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// findScope takes the scope under which most variables are.
func findScope(m *checkpoint.Matcher, i *network.Info) error {
	names, longest := map[string]bool{}, 0
	for _, v := range i.Variables {
		names[v.Name] = true
		longest = max(longest, len(v.Name))
	}
	votes := map[string]int{}
	for t := range m.Unmatched() { // all: none is taken yet
		name := t.Name
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
		return fmt.Errorf("got %d variables each under the scopes %.200q, want one scope: say which with --scope", votes[best[0]], best[:min(len(best), checkpoint.MaxNamed)])
	}
	m.Scope = best[0]
	return nil
}

// rest lists what the network does not take.
func (r *Result) rest(i *network.Info, left iter.Seq[checkpoint.TensorInfo]) {
	units := map[string]bool{}
	for _, l := range i.Layers {
		units[l.Unit] = true
	}
	byName := func(a, b checkpoint.TensorInfo) int { return strings.Compare(a.Name, b.Name) }
	for _, t := range slices.SortedFunc(left, byName) {
		if expected(t.Name) {
			r.Extras = append(r.Extras, t)
			continue
		}
		r.Unexpected = append(r.Unexpected, t)
		if own, ok := strings.CutPrefix(t.Name, r.Scope); ok && unitOf(own) != "" && !units[unitOf(own)] {
			r.deeper = append(r.deeper, t.Name)
		}
	}
}

var unitVariable = regexp.MustCompile(`^(?:(unit_\d+_\d+)/.*/(?:DW|biases|beta|gamma|moving_mean|moving_variance)|(layer\d+\.\d+)\..*\.(?:weight|bias|running_mean|running_var))$`)

// unitOf is the residual unit that a file's tensor belongs to by its name; of other tensors it is
// empty.
func unitOf(name string) string {
	if found := unitVariable.FindStringSubmatch(name); found != nil {
		return found[1] + found[2]
	}
	return ""
}

// extra are the names of the biased sums and counters of averages that start without bias; those of
// a second tower have a number behind them.
var extra = regexp.MustCompile(`(^|/)(moving_mean|moving_variance|ExponentialMovingAverage)/(biased|local_step)(_\d+)?$|(^|/)beta[12]_power$`)

// expected says that a tensor is one of those that TensorFlow's training of the official model
// makes besides: those of moving_averages.py, and the powers of Adam's decays.
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
