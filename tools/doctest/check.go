package doctest

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Checkout is what documents name.
type Checkout struct {
	Files     []string             // paths with slashes
	Documents map[string]*Document // by path
	Tests     map[string]bool      // names of test, fuzz and benchmark functions
	Targets   map[string]bool      // of the Makefile
}

// Problems lists what a document names and the checkout has not: path, line, got, want.
func (c *Checkout) Problems(d *Document) (problems []string) {
	report := func(m Mention, what string) {
		problems = append(problems, fmt.Sprintf("%s:%d: %s: got %s, want one that is there", d.Path, m.Line, m.Text, what))
	}
	for _, m := range d.Links {
		if what := c.brokenLink(d, m.Text); what != "" {
			report(m, what)
		}
	}
	for _, m := range d.Spans {
		switch {
		case testName.MatchString(m.Text):
			if !c.Tests[m.Text] {
				report(m, "no such test")
			}
		case strings.HasPrefix(m.Text, "make "):
			if target := strings.Fields(m.Text)[1]; !c.Targets[target] {
				report(m, "no such target")
			}
		case c.looksLikePath(m.Text) && !c.exists(m.Text):
			report(m, "no such path")
		}
	}
	return problems
}

var (
	testName = regexp.MustCompile(`^(Test|Fuzz|Benchmark)[A-Z]\w*$`)
	pathName = regexp.MustCompile(`^[\w.*/-]+$`)
)

// brokenLink says what is wrong with a destination, or "". Links to other hosts are not followed.
func (c *Checkout) brokenLink(d *Document, destination string) string {
	u, err := url.Parse(destination)
	if err != nil {
		return "no URL"
	}
	if u.Scheme != "" || u.Host != "" {
		return ""
	}
	target := d.Path
	if u.Path != "" {
		target = path.Join(path.Dir(d.Path), u.Path)
	}
	switch to := c.Documents[target]; {
	case !c.exists(target):
		return "no such file"
	case u.Fragment != "" && (to == nil || !to.Anchors[u.Fragment]):
		return "no such heading"
	}
	return ""
}

// looksLikePath reports whether code is meant as a path of the checkout: it begins with one of its
// top folders.
func (c *Checkout) looksLikePath(code string) bool {
	top, _, ok := strings.Cut(code, "/")
	return ok && pathName.MatchString(code) && slices.ContainsFunc(c.Files, func(f string) bool { return strings.HasPrefix(f, top+"/") })
}

// exists reports whether there is a file or a folder of that name, or one that fits the pattern.
func (c *Checkout) exists(name string) bool {
	name = strings.TrimSuffix(path.Clean(name), "/...")
	return slices.ContainsFunc(c.Files, func(f string) bool {
		for ; f != "."; f = path.Dir(f) {
			if ok, err := path.Match(name, f); err == nil && ok {
				return true
			}
		}
		return false
	})
}
