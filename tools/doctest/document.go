package doctest

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// Document is what is tested of a Markdown file.
type Document struct {
	Path    string          // in the checkout, with slashes
	Anchors map[string]bool // of its headings, as GitHub makes them
	Links   []Mention       // destinations of links and images
	Spans   []Mention       // code in the text
	Steps   []Step          // what is run, in order
}

// Mention is something that a document names.
type Mention struct {
	Line int // from 1
	Text string
}

// Parse reads a document. An error names the line of a marker that is wrong.
func Parse(path string, source []byte) (*Document, error) {
	r := &reader{Document: Document{Path: path, Anchors: map[string]bool{}}, source: source}
	root := goldmark.New(goldmark.WithExtensions(extension.Table)).Parser().Parse(text.NewReader(source))
	err := ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		return ast.WalkContinue, r.node(n)
	})
	if err == nil && r.pending != nil {
		err = fmt.Errorf("%s:%d: got a marker without a block behind it, want one", path, r.pending.Line)
	}
	if err != nil {
		return nil, err
	}
	return &r.Document, nil
}

// reader collects a document's parts.
type reader struct {
	Document
	source  []byte
	line    int   // of the block that is read
	pending *Step // a marker whose block has not come yet
}

func (r *reader) node(n ast.Node) error {
	if n.Type() == ast.TypeBlock && n.Lines().Len() > 0 {
		r.line = 1 + bytes.Count(r.source[:n.Lines().At(0).Start], []byte("\n"))
	}
	switch n := n.(type) {
	case *ast.Heading:
		r.anchor(plain(n, r.source))
	case *ast.Link:
		r.Links = append(r.Links, Mention{r.line, string(n.Destination)})
	case *ast.Image:
		r.Links = append(r.Links, Mention{r.line, string(n.Destination)})
	case *ast.CodeSpan:
		r.Spans = append(r.Spans, Mention{r.line, plain(n, r.source)})
	case *ast.HTMLBlock:
		html := string(n.Lines().Value(r.source))
		if n.HasClosure() {
			html += string(n.ClosureLine.Value(r.source))
		}
		return r.comment(html)
	case *ast.FencedCodeBlock:
		if r.pending != nil {
			r.pending.Text = string(n.Lines().Value(r.source))
			r.Steps, r.pending = append(r.Steps, *r.pending), nil
		}
	}
	return nil
}

// plain returns the text of a node without markup.
func plain(n ast.Node, source []byte) string {
	var out strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			out.Write(c.Value(source))
			if c.SoftLineBreak() {
				out.WriteByte(' ')
			}
		default:
			out.WriteString(plain(c, source))
		}
	}
	return out.String()
}

// anchor adds that of a heading: letters, digits, - and _ in lower case, spaces as -, and a number
// where it was there already.
func (r *reader) anchor(heading string) {
	name := strings.Map(func(c rune) rune {
		switch {
		case c == ' ':
			return '-'
		case c == '-' || c == '_' || unicode.IsLetter(c) || unicode.IsDigit(c):
			return unicode.ToLower(c)
		}
		return -1
	}, heading)
	unique := name
	for n := 1; r.Anchors[unique]; n++ {
		unique = fmt.Sprintf("%s-%d", name, n)
	}
	r.Anchors[unique] = true
}
