package emit

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/resnetgen/resnetgen/gen/ir"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// tablesFile writes the tables of Info, a row a line, as gofmt leaves them. They are a third of a
// deep network's code. Rendered by jennifer and formatted, they would take as long as everything
// else.
func (e *emitter) tablesFile() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n\npackage %s\n\nimport %q\n", e.header(), e.Net.Name, pathNetwork)
	i := e.Info
	table(&b, "layers are in the order of the forward pass. Operations refer to them by number.",
		"layers", "Layer", i.Layers, numbered, layerRow)
	table(&b, "ops are the operations of the forward pass, in order. Their inputs, and the variables, refer to them by number.",
		"ops", "Op", i.Ops, numbered, opRow)
	table(&b, "variables are the trainable variables and the moving averages.",
		"variables", "VariableInfo", i.Variables, plain, variableRow)
	table(&b, "phases are those of a training step, in order. Buffers refer to them by number.",
		"phases", "Phase", i.Phases, numbered, phaseRow)
	table(&b, "buffers are the parts of the arena. A tensor lives from its first phase to its last.",
		"buffers", "Buffer", i.Buffers, plain, bufferRow)
	offsetTable(&b, e.Graph.Variables)
	return b.Bytes()
}

// numbering says whether the rows of a table have numbers, since others refer to them.
type numbering bool

const (
	plain    numbering = false
	numbered numbering = true
)

// table writes
//
//	// COMMENT
//	var NAME = []network.TYPE{
//		0:  {…},
//		10: {…},
//	}
//
// with numbers padded as gofmt pads them.
func table[T any](b *bytes.Buffer, comment, name, typeName string, elements []T, n numbering, write func(*row, *T)) {
	fmt.Fprintf(b, "\n%s\nvar %s = []network.%s{", renderComment(comment), name, typeName)
	width := len(strconv.Itoa(len(elements)-1)) + len(":")
	for i := range elements {
		b.WriteString("\n\t")
		if n == numbered {
			fmt.Fprintf(b, "%-*s ", width, strconv.Itoa(i)+":")
		}
		r := row{b: b, separator: "{"}
		write(&r, &elements[i])
		b.WriteString("},")
	}
	b.WriteString("\n}\n")
}

// row is an element of a table: {Name: "init", Classes: 10}.
type row struct {
	b         *bytes.Buffer
	separator string // before the next field
}

// field writes a field with a Go expression.
func (r *row) field(name, value string) {
	for _, s := range []string{r.separator, name, ": ", value} {
		r.b.WriteString(s)
	}
	r.separator = ", "
}

func (r *row) text(name, value string) { r.field(name, strconv.Quote(value)) }

func (r *row) number(name string, value int64) { r.field(name, strconv.FormatInt(value, 10)) }

// given writes a number, unless it is 0.
func (r *row) given(name string, value int64) {
	if value != 0 {
		r.number(name, value)
	}
}

// yes writes a flag, if it is set.
func (r *row) yes(name string, value bool) {
	if value {
		r.field(name, "true")
	}
}

// sizes writes []int{…}, unless there are none.
func (r *row) sizes(name string, values []int) {
	if values != nil {
		r.field(name, "[]int{"+joined(values)+"}")
	}
}

func (r *row) shape(name string, s [3]int) { r.field(name, "[3]int{"+joined(s[:])+"}") }

// constant writes a constant of runtime/network.
func (r *row) constant(name, value string) { r.field(name, "network."+value) }

func joined[T int | int64](numbers []T) string {
	texts := make([]string, len(numbers))
	for i, n := range numbers {
		texts[i] = strconv.FormatInt(int64(n), 10)
	}
	return strings.Join(texts, ", ")
}

func layerRow(r *row, l *network.Layer) {
	r.text("Name", l.Name)
	r.text("Unit", l.Unit)
	r.text("Op", l.Op)
	r.shape("In", l.In)
	r.shape("Out", l.Out)
	r.number("Parameters", l.Parameters)
	r.number("MACs", l.MACs)
	if l.Algorithm != "" {
		r.text("Algorithm", l.Algorithm)
	}
	r.number("Offset", l.Offset)
}

func opRow(r *row, o *network.Op) {
	r.constant("Kind", opKindName(o.Kind))
	r.text("Name", o.Name)
	r.number("Layer", int64(o.Layer))
	r.sizes("In", o.In)
	r.shape("Out", o.Out)
	r.given("Kernel", int64(o.Kernel))
	r.given("Stride", int64(o.Stride))
	r.yes("Symmetric", o.Symmetric)
	r.yes("Shortcut", o.Shortcut)
}

// opKindName is the constant of a kind: global_pool → GlobalPool.
func opKindName(k network.OpKind) string {
	var name strings.Builder
	for word := range strings.SplitSeq(string(k), "_") {
		name.WriteString(ir.Capitalize(word))
	}
	return name.String()
}

var initializerNames = map[network.Initializer]string{network.Zeros: "Zeros", network.Ones: "Ones", network.Normal: "Normal", network.Uniform: "Uniform"}

func variableRow(r *row, v *network.VariableInfo) {
	r.text("Name", v.Name)
	r.sizes("Shape", v.Shape)
	if v.Layout == network.OIHW {
		r.constant("Layout", "OIHW")
	}
	r.number("Op", int64(v.Op))
	r.constant("Role", v.Role.String())
	r.yes("Trainable", v.Trainable)
	r.yes("Decayed", v.Decayed)
	r.constant("Init", initializerNames[v.Init])
	if v.Scale != 0 {
		r.field("Scale", strconv.FormatFloat(v.Scale, 'g', -1, 64))
	}
}

func phaseRow(r *row, p *network.Phase) {
	r.text("Name", p.Name)
	r.text("Pass", p.Pass)
	r.given("FLOPs", p.FLOPs)
	r.given("Products", p.Products)
	r.given("Transformed", p.Transformed)
	r.given("ImageBytes", p.ImageBytes)
	r.given("BatchBytes", p.BatchBytes)
}

func bufferRow(r *row, b *network.Buffer) {
	r.text("Name", b.Name)
	r.sizes("Shape", b.Shape)
	r.number("Bytes", b.Bytes)
	r.number("Offset", b.Offset)
	if b.Shape != nil {
		r.number("First", int64(b.First))
		r.number("Last", int64(b.Last))
	}
}

// offsetTable writes the place of each variable of Info.Variables, eight a line.
func offsetTable(b *bytes.Buffer, variables []*ir.Variable) {
	comment := `offsets are those of variables in bytes: of trainable variables from the first of them, of moving
averages from the start of the arena.`
	fmt.Fprintf(b, "\n%s\nvar offsets = [...]int64{", renderComment(comment))
	offsets := make([]int64, len(variables))
	for i, v := range variables {
		offsets[i] = v.Offset
	}
	for line := range slices.Chunk(offsets, 8) {
		b.WriteString("\n\t" + joined(line) + ",")
	}
	b.WriteString("\n}\n")
}
