package ir

import (
	"fmt"
	"strings"
)

// String prints the graph for people: variables in brief, then each operation as an equation, by
// phase where there are phases, then the memory plan where there is one.
func (g *Graph) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "network %s: %s → %d classes, batch %d, %d variables\n", g.Name, g.Input, g.Classes, g.Batch, len(g.Variables))
	for _, op := range g.Ops {
		fmt.Fprintf(&b, "  %s\n", op)
	}
	for _, p := range g.Phases {
		fmt.Fprintf(&b, "\n%s %s\n", p.Name, p.Pass)
		for _, op := range p.Ops {
			fmt.Fprintf(&b, "  %s\n", op)
		}
		for _, op := range p.Finish {
			fmt.Fprintf(&b, "  then %s\n", op)
		}
	}
	if g.Plan.Size > 0 {
		g.Plan.print(&b)
	}
	if g.Inference.Bytes > 0 {
		g.Inference.print(&b)
	}
	return b.String()
}

func (p *Plan) print(b *strings.Builder) {
	fmt.Fprintf(b, "\narena %d bytes\n", p.Size)
	at := func(name string, offset int64) { fmt.Fprintf(b, "  %-18s at %d\n", name, offset) }
	at("values", p.Values)
	at("gradients", p.Gradients)
	for _, s := range p.Slots {
		at(s.Description, s.Offset)
	}
	at("sums", p.Sums)
	at("partial gradients", p.Partials)
	if p.KeptLen > 0 {
		at("kept", p.Kept)
	}
	at("loss", p.Loss)
	at("tensors", p.Activations)
	fmt.Fprintf(b, "tensors %d bytes, largest live set %d\n", p.Peak, p.LowerBound)
	fmt.Fprintf(b, "scratch %d bytes a worker\n", p.ScratchBytes)
	if p.Workspace > 0 {
		fmt.Fprintf(b, "  workspace, %d elements\n", p.Workspace)
	}
	for _, s := range p.Buffers {
		fmt.Fprintf(b, "  %s %s, number %d\n", s.Layout, s.Shape, s.Slot)
	}
}

func (n *Inference) print(b *strings.Builder) {
	fmt.Fprintf(b, "\n%d images together in %d bytes, workspace of %d elements\n", n.Chunk, n.Bytes, n.Workspace)
	if n.Singles > 0 {
		fmt.Fprintf(b, "  image by image through the first %d phases\n", n.Singles)
	}
	for _, m := range n.Buffers {
		fmt.Fprintf(b, "  %s %s, number %d, at %d%s\n", m.Layout, m.Shape, m.Slot, m.Offset, map[bool]string{true: ", of one image"}[m.Single])
	}
}

// String formats a tensor as dumps have it: name@storage[shape].
func (t *Tensor) String() string {
	place := ""
	switch t.Storage {
	case Arena:
		place = "@arena" + known(t.Offset)
	case Scratch:
		place = "@scratch" + known(int64(t.Slot))
		if t.Layout != Plain {
			place += "+" + t.Layout.String()
		}
	}
	return fmt.Sprintf("%s%s[%s]", t.Name(), place, t.Shape)
}

func known(place int64) string {
	if place < 0 {
		return ""
	}
	return fmt.Sprintf(":%d", place)
}

// String prints the operation as an equation.
func (op *Op) String() string {
	var b strings.Builder
	for _, t := range op.Outs() {
		fmt.Fprintf(&b, "%s = ", t)
	}
	b.WriteString(op.Kind.String())
	for i, t := range op.In {
		fmt.Fprintf(&b, "%s%s", [...]string{" ", ", "}[min(i, 1)], t)
	}
	switch {
	case op.Conv != nil:
		fmt.Fprintf(&b, " {%s %d×%d/%d %s}", op.Conv.Weights.Name, op.Conv.Kernel, op.Conv.Kernel, op.Conv.Stride, op.Conv.Algorithm)
		if op.Bias != nil {
			fmt.Fprintf(&b, " + {%s}", op.Bias.Variable.Name)
		}
	case op.ShortcutNorm != nil:
		fmt.Fprintf(&b, " {%s, %s}", op.Norm.Scope, op.ShortcutNorm.Scope)
	case op.Norm != nil:
		fmt.Fprintf(&b, " {%s}", op.Norm.Scope)
	case op.Bias != nil:
		fmt.Fprintf(&b, " {%s}", op.Bias.Variable.Name)
	case op.Window != Window{}:
		fmt.Fprintf(&b, " {%d×%d/%d}", op.Window.Kernel, op.Window.Kernel, op.Window.Stride)
	}
	return b.String()
}
