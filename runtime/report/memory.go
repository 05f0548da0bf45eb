// Package report prints a network's description for people and as JSON, alike in the compiler's and
// the trainer's commands.
package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/dustin/go-humanize"

	"github.com/resnetgen/resnetgen/runtime/network"
)

// Memory is the plan of a network's arena as info --json prints it.
type Memory struct {
	TensorBytes int64    `json:"planned_peak_bytes"` // of the tensors of a batch
	LiveBytes   int64    `json:"lower_bound_bytes"`  // the largest set of them that lives at one time
	Buffers     []Buffer `json:"buffers"`
}

// Buffer is a part of the arena. What has no shape is kept from step to step.
type Buffer struct {
	Name   string `json:"name"`
	Shape  []int  `json:"shape,omitempty"` // images, height, width, channels
	Bytes  int64  `json:"bytes"`
	Offset int64  `json:"offset"`
	From   *Phase `json:"from,omitempty"`  // the phase that writes it first
	Until  *Phase `json:"until,omitempty"` // the last that needs it
}

// Phase names a phase of a step.
type Phase struct {
	Index int    `json:"phase"`
	Name  string `json:"name"`
	Pass  string `json:"pass"`
}

// String returns the layer and the pass.
func (p *Phase) String() string { return p.Name + " " + p.Pass }

// MemoryOf returns the plan of a network's arena.
func MemoryOf(info *network.Info) Memory {
	m := Memory{TensorBytes: info.TensorBytes, LiveBytes: info.LiveBytes, Buffers: make([]Buffer, 0, len(info.Buffers))}
	phase := func(k int) *Phase { return &Phase{k, info.Phases[k].Name, info.Phases[k].Pass} }
	for _, b := range info.Buffers {
		row := Buffer{Name: b.Name, Shape: b.Shape, Bytes: b.Bytes, Offset: b.Offset}
		if b.Shape != nil {
			row.From, row.Until = phase(b.First), phase(b.Last)
		}
		m.Buffers = append(m.Buffers, row)
	}
	return m
}

// Print writes the plan as a table, and the planned peak beside its lower bound.
func (m *Memory) Print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "buffer\tshape\tbytes\toffset\tlives from\tuntil\n") // Flush reports what went wrong
	for _, b := range m.Buffers {
		from, until := "always", ""
		if b.From != nil {
			from, until = b.From.String(), b.Until.String()
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\t%s\n", b.Name, sizes(b.Shape), b.Bytes, b.Offset, from, until)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "tensors of a batch: planned peak %s, lower bound %s (the largest live set)\n", Bytes(m.TensorBytes), Bytes(m.LiveBytes))
	return err
}

// Bytes gives a size exactly, and in a unit for people.
func Bytes(n int64) string {
	return fmt.Sprintf("%s bytes (%s)", humanize.Comma(n), humanize.IBytes(uint64(n)))
}

func sizes(shape []int) string {
	text := make([]string, len(shape))
	for i, n := range shape {
		text[i] = fmt.Sprint(n)
	}
	return strings.Join(text, "×")
}
