package cli

import (
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/resnetgen/resnetgen/internal/printable"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/interchange"
)

// reportImport prints the result of an import.
func (a *app) reportImport(said *importJSON, f *importFlags) error {
	if f.json {
		return a.json(said)
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	row := func(format string, args ...any) { printable.Fprintf(w, format+"\n", args...) } // Flush reports what went wrong
	if said.Scope != "" {
		row("scope %s", said.Scope)
	}
	besides := companions(said.Matched)
	if interchange.Count(said.Matched, checkpoint.Variable) > 0 {
		row("matched\tshape\twith")
	}
	for _, r := range said.Matched {
		if r.Kind == checkpoint.Variable {
			row("  %s\t%s\t%s", r.Name, shapeText(r.Shape), strings.Join(besides[r.Name], ", "))
		}
	}
	printMissing(row, said)
	for _, x := range said.Mismatched {
		row("mismatched\t\t\n  %s\t%s\t%s, want %s", x.Source, shapeText(x.GotShape), x.GotType, shapeText(x.Shape))
	}
	printTensors(row, "skipped, as expected", said.Extras)
	printTensors(row, "unexpected", said.Unexpected)
	if err := w.Flush(); err != nil {
		return failure{fmt.Errorf("write output: %w", err)}
	}
	return a.summarize(said)
}

// companions lists what has matched besides each variable.
func companions(rows []checkpoint.Expected) map[string][]string {
	all := map[string][]string{}
	for _, r := range rows {
		if r.VariableName != "" {
			all[r.VariableName] = append(all[r.VariableName], strings.TrimPrefix(r.Name, r.VariableName+"/"))
		}
	}
	return all
}

// printMissing lists variables by name; of slots that are all missing the number is enough.
func printMissing(row func(string, ...any), said *importJSON) {
	if len(said.Missing) == 0 {
		return
	}
	row("missing\tshape\t")
	noSlots := interchange.Count(said.Matched, checkpoint.Slot) == 0
	for _, r := range said.Missing {
		if r.Kind != checkpoint.Slot || !noSlots {
			row("  %s\t%s\t", r.Name, shapeText(r.Shape))
		}
	}
	if n := interchange.Count(said.Missing, checkpoint.Slot); n > 0 && noSlots {
		row("  optimizer slots of all %d variables\t\t", n)
	}
}

func printTensors(row func(string, ...any), title string, tensors []checkpoint.TensorInfo) {
	if len(tensors) > 0 {
		row("%s\tshape\ttype", title)
	}
	for _, o := range tensors {
		row("  %s\t%s\t%s", o.Name, shapeText(o.Shape), o.Type)
	}
}

// shapeText is a shape as people write it; a scalar's is "scalar".
func shapeText(shape []int) string {
	if len(shape) == 0 {
		return "scalar"
	}
	var sizes []string
	for _, d := range shape {
		sizes = append(sizes, strconv.Itoa(d))
	}
	return strings.Join(sizes, "×")
}

// summarize ends the table.
func (a *app) summarize(said *importJSON) error {
	count := func(k checkpoint.Kind) (matched, all int) {
		matched = interchange.Count(said.Matched, k)
		return matched, matched + interchange.Count(said.Missing, k)
	}
	variables, all := count(checkpoint.Variable)
	slots, ofSlots := count(checkpoint.Slot)
	for _, w := range said.Mismatched {
		switch w.Kind {
		case checkpoint.Variable:
			all++
		case checkpoint.Slot:
			ofSlots++
		}
	}
	if err := a.printf("%s, %s: %d of %d variables, %d of %d slots of the optimizer, %d moving averages; %d skipped, %d unexpected\n",
		said.Format, said.Source, variables, all, slots, ofSlots, interchange.Count(said.Matched, checkpoint.Average), len(said.Extras), len(said.Unexpected)); err != nil {
		return err
	}
	if said.Checkpoint == "" {
		return nil
	}
	if len(said.New) > 0 {
		if err := a.printf("initialized: %s\n", strings.Join(said.New, ", ")); err != nil {
			return err
		}
	}
	return a.printf("wrote step %d to %s\n", said.Step, said.Checkpoint)
}
