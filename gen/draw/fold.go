package draw

import (
	"fmt"
	"strings"
)

// run is a run of equal units. The first is drawn: Ops[first:end]. The others are Ops[end:last].
type run struct {
	first, end, last int
	units            int
	from, to         string // the first unit's name and the last's
}

// runs returns the units in order. With fold, equal units in a row are one run.
func (d *drawing) runs(fold bool) (runs []run) {
	previous := ""
	for _, u := range d.units {
		shape := ""
		if fold {
			shape = d.shapeOf(u)
		}
		if fold && shape == previous {
			r := &runs[len(runs)-1]
			r.last, r.to = u.end, u.name
			r.units++
			continue
		}
		previous = shape
		runs = append(runs, run{
			first: u.first, end: u.end, last: u.end, units: 1, from: u.name, to: u.name,
		})
	}
	return runs
}

// shapeOf says all that a picture shows of a unit but names. Edges count from the unit's first
// operation.
func (d *drawing) shapeOf(u unit) string {
	var b strings.Builder
	for op := u.first; op < u.end; op++ {
		o := &d.Ops[op]
		fmt.Fprintln(&b, o.Kind, o.Kernel, o.Stride, o.Out, d.bypass[op], d.parameters[op])
		for _, in := range o.In {
			fmt.Fprintln(&b, in-u.first)
		}
	}
	return b.String()
}

// names are the lines beside a run: its units' names, and how many there are.
func (r *run) names() []string {
	if r.units == 1 {
		return []string{r.from}
	}
	return []string{r.from, "… " + r.to, fmt.Sprintf("×%d", r.units)}
}
