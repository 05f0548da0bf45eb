package draw

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"

	"github.com/dustin/go-humanize"

	"github.com/resnetgen/resnetgen/runtime/network"
)

const dotStyle = `	labelloc=t
	labeljust=l
	color="#8c959f"
	fontname=Helvetica
	node [shape=box, style="rounded,filled", fillcolor="#f6f8fa", fontname=Helvetica, fontsize=11]
`

// DOT returns the network in Graphviz's language. An operation is a node, a unit a cluster.
// Shortcuts are dashed.
//
// Source: https://graphviz.org/doc/info/lang.html
func DOT(info *network.Info) []byte {
	d := newDrawing(info)
	var out bytes.Buffer
	fmt.Fprintf(&out, "digraph %s {\n", quoted(info.Name))
	fmt.Fprintf(&out, "\tlabel=%s\n", quoted(info.Name, d.title()))
	out.WriteString(dotStyle)
	for _, u := range d.units {
		fmt.Fprintf(&out, "\tsubgraph %s {\n", quoted("cluster_"+u.name))
		fmt.Fprintf(&out, "\t\tlabel=%s\n", quoted(u.name))
		for op := u.first; op < u.end; op++ {
			label, tooltip := d.nodeLabel(op), quoted(info.Ops[op].Name)
			fmt.Fprintf(&out, "\t\top%d [label=%s, tooltip=%s]\n", op, label, tooltip)
		}
		out.WriteString("\t}\n")
	}
	for op := range info.Ops {
		for k, in := range info.Ops[op].In {
			style := ""
			if d.isShortcut(op, k) {
				style = " [style=dashed, color=\"#0969da\", penwidth=1.5]"
			}
			fmt.Fprintf(&out, "\top%d -> op%d%s\n", in, op, style)
		}
	}
	out.WriteString("}\n")
	return out.Bytes()
}

func (d *drawing) nodeLabel(op int) string {
	lines := []string{d.label(op), size(d.Ops[op].Out)}
	if n := d.parameters[op]; n > 0 {
		lines = append(lines, humanize.Comma(n)+" parameters")
	}
	return quoted(lines...)
}

var dotEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "&", "&amp;")

// quoted returns lines of text as one quoted string. Graphviz finds no escape or entity in the
// text.
func quoted(lines ...string) string {
	for i, line := range lines {
		line = strings.ToValidUTF8(line, string(unicode.ReplacementChar))
		lines[i] = dotEscapes.Replace(strings.Map(visible, line))
	}
	return `"` + strings.Join(lines, `\n`) + `"`
}

// visible replaces control characters.
func visible(r rune) rune {
	if unicode.IsControl(r) {
		return unicode.ReplacementChar
	}
	return r
}
