package emit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/resnetgen/resnetgen/gen/ir"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// outline is the files of a package's layers, in the network's order.
type outline struct {
	chapters []*chapter
	scopes   map[string]*scope // by their fields
}

// chapter is a file of the network's layers.
type chapter struct {
	file   string
	scopes []*scope
}

// scope is a part of the network with a struct of its own in Net: the stem, a unit, the head's
// parts.
type scope struct {
	units    []string // their names
	previous string   // the scope whose output this one takes
	field    string   // of Net
	typeName string
	first    bool // the first scope of its type
	norms    []*ir.Norm
	convs    []*ir.Conv
	tensors  []*ir.Tensor // in the arena
	phases   []*ir.Phase
}

func newEmitter(in Input) *emitter {
	e := &emitter{Input: in, types: map[string]string{}, layers: map[string]*network.Layer{}, rows: map[string]*ir.Layer{}}
	for _, l := range in.Graph.Layers {
		e.rows[l.Name] = l
	}
	previous := ""
	for i := range in.Info.Layers {
		l := &in.Info.Layers[i]
		e.layers[l.Name] = l
		s := e.scope(l.Unit)
		if s.field != previous {
			s.previous, previous = previous, s.field
		}
		s.add(l.Unit)
	}
	e.fill(in.Graph, e.unitOf)
	for _, c := range e.chapters {
		for _, s := range c.scopes {
			e.nameType(c, s)
		}
	}
	return e
}

// fill puts what a graph has into its scopes.
func (o *outline) fill(g *ir.Graph, unitOf func(*ir.Phase) string) {
	for _, n := range g.Norms {
		s := o.scope(n.Unit)
		s.norms = append(s.norms, n)
	}
	for _, c := range g.Convs {
		s := o.scope(c.Unit)
		s.convs = append(s.convs, c)
	}
	for _, t := range g.Tensors {
		if t.Storage == ir.Arena {
			s := o.scope(t.Unit)
			s.tensors = append(s.tensors, t)
		}
	}
	for _, p := range g.Phases {
		if len(p.Ops) > 0 {
			s := o.scope(unitOf(p))
			s.phases = append(s.phases, p)
		}
	}
}

// each calls do with every scope, in order.
func (o *outline) each(do func(*scope)) {
	for _, c := range o.chapters {
		for _, s := range c.scopes {
			do(s)
		}
	}
}

// scope returns the scope of a unit, which it makes, in the right chapter, when it is first named.
func (o *outline) scope(unit string) *scope {
	name := goName(unit)
	if s := o.scopes[name]; s != nil {
		return s
	}
	file := name + ".go"
	if stage, _, ok := strings.Cut(name, "_"); ok {
		file = strings.Replace(stage, "unit", "stage", 1) + ".go"
	}
	if len(o.chapters) == 0 || o.chapters[len(o.chapters)-1].file != file {
		o.chapters = append(o.chapters, &chapter{file: file})
	}
	c := o.chapters[len(o.chapters)-1]
	s := &scope{field: name}
	c.scopes = append(c.scopes, s)
	if o.scopes == nil {
		o.scopes = map[string]*scope{}
	}
	o.scopes[name] = s
	return s
}

func (s *scope) add(unit string) {
	if !slices.Contains(s.units, unit) {
		s.units = append(s.units, unit)
	}
}

// biases lists those of its convolutions and of the fully connected layer.
func (s *scope) biases() (biases []*ir.Bias) {
	for _, c := range s.convs {
		if c.Bias != nil {
			biases = append(biases, c.Bias)
		}
	}
	return biases
}

// nameType gives scopes of one chapter with the same fields one type.
func (e *emitter) nameType(c *chapter, s *scope) {
	var key strings.Builder
	fmt.Fprint(&key, c.file)
	for _, n := range s.norms {
		fmt.Fprint(&key, " ", n.Field)
	}
	for _, conv := range s.convs {
		fmt.Fprint(&key, " ", conv.Field)
	}
	for _, t := range s.tensors {
		fmt.Fprint(&key, " ", t.Field, t.Shape)
	}
	name, known := e.types[key.String()]
	if !known {
		name = s.field
		if strings.Contains(s.field, "_") {
			name += "Memory"
		}
		e.types[key.String()] = name
	}
	s.typeName, s.first = name, !known
}

// fitting lists the scopes of a chapter that share a type, for its comment.
func (c *chapter) fitting(typeName string) (units []string) {
	for _, s := range c.scopes {
		if s.typeName == typeName {
			units = append(units, s.units...)
		}
	}
	return units
}
