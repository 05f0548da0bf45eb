package draw

import (
	"encoding/xml"
	"fmt"
)

// The elements of SVG that pictures are made of. Package encoding/xml escapes all text.
type (
	document struct {
		XMLName xml.Name `xml:"http://www.w3.org/2000/svg svg"`
		Width   int      `xml:"width,attr"`
		Height  int      `xml:"height,attr"`
		ViewBox string   `xml:"viewBox,attr"`
		Role    string   `xml:"role,attr"`
		Title   string   `xml:"title"`
		Style   string   `xml:"style"`
		Markers []marker `xml:"defs>marker"`
		Parts   []any
	}
	marker struct {
		ID      string `xml:"id,attr"`
		ViewBox string `xml:"viewBox,attr"`
		RefX    int    `xml:"refX,attr"`
		RefY    int    `xml:"refY,attr"`
		Width   int    `xml:"markerWidth,attr"`
		Height  int    `xml:"markerHeight,attr"`
		Units   string `xml:"markerUnits,attr"`
		Orient  string `xml:"orient,attr"`
		Path    path   `xml:"path"`
	}
	group struct {
		XMLName xml.Name `xml:"g"`
		Class   string   `xml:"class,attr"`
		Title   string   `xml:"title"`
		Parts   []any
	}
	rect struct {
		XMLName xml.Name `xml:"rect"`
		X       int      `xml:"x,attr"`
		Y       int      `xml:"y,attr"`
		Width   int      `xml:"width,attr"`
		Height  int      `xml:"height,attr"`
		Radius  int      `xml:"rx,attr,omitempty"`
		Class   string   `xml:"class,attr,omitempty"`
	}
	text struct {
		XMLName xml.Name `xml:"text"`
		X       int      `xml:"x,attr"`
		Y       int      `xml:"y,attr"`
		Class   string   `xml:"class,attr,omitempty"`
		Text    string   `xml:",chardata"`
	}
	path struct {
		XMLName xml.Name `xml:"path"`
		D       string   `xml:"d,attr"`
		Class   string   `xml:"class,attr"`
	}
)

// style has the colours for light pages, and the others for dark ones.
const style = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  text.title { font-size: 16px; font-weight: 600 }
  text.name { font-weight: 600 }
  text.quiet { fill: #59636e }
  text.end { text-anchor: end }
  text.middle { text-anchor: middle; font-size: 11px }
  rect { fill: #ffffff; stroke: #8c959f }
  rect.page { stroke: none }
  rect.unit { fill: #f6f8fa; stroke: #d0d7de }
  g.conv rect, g.dense rect { fill: #ddf4ff; stroke: #54aeff }
  g.add rect { fill: #fff8c5; stroke: #d4a72c }
  path { fill: none; stroke: #59636e; marker-end: url(#arrow) }
  path.shortcut { stroke: #0969da; stroke-width: 1.5; marker-end: url(#shortcut) }
  path.head { stroke: none; fill: #59636e; marker-end: none }
  path.head-shortcut { stroke: none; fill: #0969da; marker-end: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    text.quiet { fill: #9198a1 }
    rect { fill: #0d1117; stroke: #656c76 }
    rect.unit { fill: #151b23; stroke: #3d444d }
    g.conv rect, g.dense rect { fill: #0c2d6b; stroke: #388bfd }
    g.add rect { fill: #341a00; stroke: #bb8009 }
    path { stroke: #9198a1 }
    path.shortcut { stroke: #58a6ff }
    path.head { fill: #9198a1 }
    path.head-shortcut { fill: #58a6ff }
  }
 `

// document puts a page together.
func (p *page) document() *document {
	height := p.top - unitGap + margin
	head := []any{
		rect{Width: width, Height: height, Class: "page"},
		text{X: margin, Y: 32, Class: "title", Text: p.Name},
		text{X: margin, Y: 52, Class: "quiet", Text: p.title()},
		text{X: shapeEnd, Y: top - 8, Class: "quiet end", Text: "output"},
		text{X: paramsEnd, Y: top - 8, Class: "quiet end", Text: "parameters"},
	}
	return &document{
		Width: width, Height: height, ViewBox: fmt.Sprintf("0 0 %d %d", width, height), Role: "img",
		Title: p.Name + ": " + p.title(), Style: style,
		Markers: []marker{arrow("arrow", "head"), arrow("shortcut", "head-shortcut")},
		Parts:   append(append(append(head, p.frames...), p.edges...), p.boxes...),
	}
}

// arrow is the head of an edge's line, which is as large for thick lines as for thin ones.
func arrow(id, class string) marker {
	return marker{
		ID: id, ViewBox: "0 0 8 8", RefX: 7, RefY: 4, Width: 7, Height: 7,
		Units: "userSpaceOnUse", Orient: "auto",
		Path: path{D: "M0,0L8,4L0,8z", Class: class},
	}
}
