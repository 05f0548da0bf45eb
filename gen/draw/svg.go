package draw

import (
	"encoding/xml"
	"fmt"

	"github.com/dustin/go-humanize"

	"github.com/resnetgen/resnetgen/runtime/network"
)

// Where things are, in pixels. A unit is a frame with its name on the left, its operations in a
// column of boxes, and its shortcut on the right.
const (
	width  = 720
	margin = 16
	top    = 84 // of the first frame: the title is above

	boxLeft   = 132
	boxWidth  = 360
	boxHeight = 22
	pitch     = 32 // from box to box
	padding   = 10 // between a frame and its boxes
	unitGap   = 14

	lineHeight   = 18
	textIndent   = 12
	baseline     = 15            // of the text in a box
	shapeEnd     = boxLeft + 260 // right ends of the columns
	paramsEnd    = boxLeft + boxWidth - 12
	bypassLeft   = 516 // of boxes on a shortcut
	bypassWidth  = 176
	bypassMiddle = bypassLeft + bypassWidth/2
	port         = 4 // a shortcut ends so far above a box's middle, and begins so far below
)

// maxUnfolded is the number of layers up to which every unit is drawn.
const maxUnfolded = 40

// SVG returns the network as a picture. Operations are boxes from top to bottom, shortcuts are at
// the side. In a network of more than 40 layers, a run of equal units is drawn as one. The colours
// are for light or dark pages, as the browser prefers.
func SVG(info *network.Info) ([]byte, error) {
	d := newDrawing(info)
	p := &page{drawing: d, y: make([]int, len(info.Ops)), top: top}
	for _, r := range d.runs(len(info.Layers) > maxUnfolded) {
		p.place(r)
	}
	for _, r := range p.runs {
		for op := r.first; op < r.end; op++ {
			p.box(op)
			for k := range info.Ops[op].In {
				p.edge(op, k)
			}
		}
	}
	text, err := xml.MarshalIndent(p.document(), "", " ")
	if err != nil {
		return nil, fmt.Errorf("draw %s: %w", info.Name, err)
	}
	return append(text, '\n'), nil
}

// page is a picture being made.
type page struct {
	*drawing
	y    []int // the top of each operation's box; that of a folded unit is the drawn one's
	runs []run
	top  int // of the next frame

	frames, edges, boxes []any
}

// place gives the boxes of a run of units their places, and draws its frame.
func (p *page) place(r run) {
	p.runs = append(p.runs, r)
	y := p.top + padding
	for op := r.first; op < r.end; op++ {
		if !p.bypass[op] {
			p.y[op] = y
			y += pitch
		}
		if p.Ops[op].Kind == network.Add {
			p.placeShortcut(op)
		}
	}
	for op := r.end; op < r.last; op++ {
		p.y[op] = p.y[op-(r.end-r.first)]
	}
	height := y - pitch + boxHeight + padding - p.top
	p.frame(r, height)
	p.top += height + unitGap
}

// placeShortcut puts a shortcut's operations one above the other, the last beside the box above the
// sum.
func (p *page) placeShortcut(sum int) {
	y := p.y[sum] - pitch
	for op := p.Ops[sum].In[1]; p.bypass[op]; op = p.Ops[op].In[0] {
		p.y[op] = y
		y -= pitch
	}
}

// frame draws the frame of a run, over a second one where it stands for several units.
func (p *page) frame(r run, height int) {
	frame := rect{
		X: margin, Y: p.top, Width: width - 2*margin, Height: height, Radius: 6, Class: "unit",
	}
	if r.units > 1 {
		behind := frame
		behind.X, behind.Y = frame.X+5, frame.Y+5
		p.frames = append(p.frames, behind)
	}
	p.frames = append(p.frames, frame)
	y := p.top + padding + baseline
	for _, line := range r.names() {
		p.boxes = append(p.boxes, text{X: margin + textIndent, Y: y, Class: "name", Text: line})
		y += lineHeight
	}
}

// box draws an operation.
func (p *page) box(op int) {
	o, label, parameters := &p.Ops[op], p.label(op), ""
	if n := p.parameters[op]; n > 0 {
		parameters = humanize.Comma(n)
	}
	g := group{
		Class: string(o.Kind), Title: fmt.Sprintf("%s: %s → %s", o.Name, label, size(o.Out)),
	}
	r := rect{X: boxLeft, Y: p.y[op], Width: boxWidth, Height: boxHeight, Radius: 4}
	y := p.y[op] + baseline
	if p.bypass[op] {
		r.X, r.Width = bypassLeft, bypassWidth
		if parameters != "" {
			label += " · " + parameters
		}
		g.Parts = []any{r, text{X: bypassMiddle, Y: y, Class: "middle", Text: label}}
	} else {
		g.Parts = []any{
			r,
			text{X: boxLeft + textIndent, Y: y, Text: label},
			text{X: shapeEnd, Y: y, Class: "end", Text: size(o.Out)},
		}
		if parameters != "" {
			g.Parts = append(g.Parts, text{X: paramsEnd, Y: y, Class: "end", Text: parameters})
		}
	}
	p.boxes = append(p.boxes, g)
}

// edge draws the line to input k of an operation.
func (p *page) edge(op, k int) {
	in := p.Ops[op].In[k]
	const middle, right, side = boxLeft + boxWidth/2, boxLeft + boxWidth, bypassMiddle
	bottom, top := p.y[in]+boxHeight, p.y[op]
	from, to := p.y[in]+boxHeight/2+port, p.y[op]+boxHeight/2-port
	line := path{Class: "shortcut"}
	switch {
	case !p.isShortcut(op, k):
		line = path{D: fmt.Sprintf("M%d,%dV%d", middle, bottom, top), Class: "edge"}
	case p.bypass[in] && p.bypass[op]:
		line.D = fmt.Sprintf("M%d,%dV%d", side, bottom, top)
	case p.bypass[in]:
		line.D = fmt.Sprintf("M%d,%dQ%d,%d %d,%d", side, bottom, side, to, right, to)
	case p.bypass[op]:
		line.D = fmt.Sprintf("M%d,%dQ%d,%d %d,%d", right, from, side, from, side, top)
	default:
		line.D = fmt.Sprintf("M%d,%dC%d,%d %d,%d %d,%d", right, from, side, from, side, to, right, to)
	}
	p.edges = append(p.edges, line)
}
