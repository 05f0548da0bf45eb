// Package draw makes pictures of networks: [DOT] for Graphviz, [SVG] for browsers. Both walk over a
// network's operations, in time linear in their number.
package draw

import (
	"fmt"

	"github.com/dustin/go-humanize"

	"github.com/resnetgen/resnetgen/runtime/network"
)

// drawing is what both formats draw.
type drawing struct {
	*network.Info
	units      []unit
	parameters []int64 // of each operation
	bypass     []bool  // of each operation: it is on a unit's shortcut
}

// unit is a run of operations of one unit: Ops[first:end].
type unit struct {
	name       string
	first, end int
}

func newDrawing(info *network.Info) *drawing {
	n := len(info.Ops)
	d := &drawing{Info: info, parameters: make([]int64, n), bypass: make([]bool, n)}
	for k := range info.Variables {
		if v := &info.Variables[k]; v.Trainable {
			d.parameters[v.Op] += int64(v.Elements())
		}
	}
	for k := range info.Ops {
		name := info.Layers[info.Ops[k].Layer].Unit
		if last := len(d.units) - 1; last < 0 || d.units[last].name != name {
			d.units = append(d.units, unit{name: name, first: k})
		}
		d.units[len(d.units)-1].end = k + 1
	}
	d.findShortcuts()
	return d
}

// findShortcuts marks the operations between the point where a unit forks and its sum. An output
// that is read more than once is a fork. A sum's second input is its shortcut.
func (d *drawing) findShortcuts() {
	readers := make([]int, len(d.Ops))
	for k := range d.Ops {
		for _, in := range d.Ops[k].In {
			readers[in]++
		}
	}
	for k := range d.Ops {
		if d.Ops[k].Kind != network.Add {
			continue
		}
		for in := d.Ops[k].In[1]; readers[in] == 1 && len(d.Ops[in].In) > 0; in = d.Ops[in].In[0] {
			d.bypass[in] = true
		}
	}
}

// isShortcut says that the edge to input k of an operation is part of a unit's shortcut.
func (d *drawing) isShortcut(op, k int) bool {
	return d.bypass[op] || d.Ops[op].Kind == network.Add && k == 1
}

// title says what the network takes and gives, and how large it is.
func (d *drawing) title() string {
	return fmt.Sprintf("%s images, %d classes, %s parameters, %s multiply-accumulates an image",
		size(d.Input), d.Classes, humanize.Comma(d.Parameters), humanize.Comma(d.MACs))
}

// label says what an operation does.
func (d *drawing) label(op int) string { return d.Ops[op].Label(d.Leak) }

func size(s [3]int) string { return fmt.Sprintf("%d×%d×%d", s[0], s[1], s[2]) }
