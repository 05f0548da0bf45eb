package spec

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
	"gopkg.in/yaml.v3"
)

// decoder walks a YAML tree beside the types of net.go, and collects every problem on its way.
type decoder struct {
	file  string
	root  *yaml.Node
	nodes map[string]*yaml.Node // the value at each path that the file has
	errs  Errors
	more  int // problems beyond maxProblems

	preset preset // what the file's family fills in

	beyondSchema bool // the rules that run are between values: see check
}

func newDecoder(file string, root *yaml.Node) *decoder {
	return &decoder{file: file, root: root, nodes: map[string]*yaml.Node{"": root}, preset: presetOf(root)}
}

// maxProblems bounds the list of problems, for files of another kind.
const maxProblems = 1000

// fail records a problem of the value at path, or of the mapping that lacks it.
func (d *decoder) fail(path, got, want string) {
	d.failAt(d.nearestNode(path), path, got, want)
}

func (d *decoder) failAt(node *yaml.Node, path, got, want string) {
	if len(d.errs) == maxProblems {
		d.more++
		return
	}
	d.errs = append(d.errs, Error{
		File: d.file, Line: max(node.Line, 1), Col: max(node.Column, 1),
		Path: path, Got: got, Want: want, beyondSchema: d.beyondSchema,
	})
}

// failInFloat32 records a problem of a value's place in float32, which no schema knows.
func (d *decoder) failInFloat32(node *yaml.Node, path, want string) {
	d.beyondSchema = true
	d.failAt(node, path, describeNode(node), want)
	d.beyondSchema = false
}

// problems returns what was recorded, sorted, and says where there was more.
func (d *decoder) problems() Errors {
	errs := d.errs.sorted()
	if d.more > 0 {
		last := errs[len(errs)-1]
		errs = append(errs, Error{
			File: d.file, Line: last.Line, Col: last.Col,
			Got: fmt.Sprintf("%d problems more", d.more), Want: "these solved first",
		})
	}
	return errs
}

// nearestNode returns the node at path, or the innermost one around it that the file has.
func (d *decoder) nearestNode(path string) *yaml.Node {
	for {
		if node := d.nodes[path]; node != nil {
			return node
		}
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			return d.root
		}
		path = path[:i]
	}
}

// has reports whether the file itself gives a value at path.
func (d *decoder) has(path string) bool { return d.nodes[path] != nil }

// sound reports whether no problem was found at any of paths, around them or inside them.
func (d *decoder) sound(paths ...string) bool {
	if d.more > 0 {
		return false // a problem that was not recorded may be anywhere
	}
	for _, e := range d.errs {
		for _, p := range paths {
			if within(e.Path, p) || within(p, e.Path) {
				return false
			}
		}
	}
	return true
}

// within reports whether inner is outer or a path inside it.
func within(inner, outer string) bool {
	rest, inside := strings.CutPrefix(inner, outer)
	return inside && (outer == "" || rest == "" || rest[0] == '.' || rest[0] == '[')
}

// mapping decodes node, nil if absent, into the struct v.
func (d *decoder) mapping(node *yaml.Node, v reflect.Value, path string) {
	fields := fieldsOf(v.Type())
	values := map[string]*yaml.Node{}
	if node != nil {
		if node.Kind != yaml.MappingNode {
			d.failAt(node, path, describeNode(node), "a mapping")
			return
		}
		values = d.keys(node, fields, path)
	}
	for _, f := range fields {
		at := join(path, f.key)
		value := values[f.key]
		switch {
		case value != nil:
			d.nodes[at] = value
			d.value(value, v.Field(f.index), at, &f.limits)
		case f.limits.required:
			d.fail(at, "no value", f.limits.describe(v.Type().Field(f.index).Type))
		default:
			d.absent(v.Field(f.index), at, &f.limits)
		}
	}
}

// keys returns the values of a mapping by key, and refuses unknown and repeated keys.
func (d *decoder) keys(node *yaml.Node, fields []field, path string) map[string]*yaml.Node {
	known := make([]string, len(fields))
	for i, f := range fields {
		known[i] = f.key
	}
	values := make(map[string]*yaml.Node, len(node.Content)/2)
	first := map[string]*yaml.Node{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		at := join(path, shown(key.Value))
		switch {
		case !d.plain(key, path):
		case key.Kind != yaml.ScalarNode:
			d.failAt(key, path, describeNode(key)+" as a key", "one of "+strings.Join(known, ", "))
		case key.ShortTag() == "!!merge":
			d.failAt(key, path, "merge key <<", "every key written out")
		case first[key.Value] != nil:
			d.failAt(key, at, "a duplicate key", fmt.Sprintf("it once (line %d has it)", first[key.Value].Line))
		case !contains(known, key):
			first[key.Value] = key
			want := "one of " + strings.Join(known, ", ")
			if word := nearest(key.Value, known); word != "" {
				want = word
			}
			d.failAt(key, at, "an unexpected key", want)
		default:
			first[key.Value] = key
			values[key.Value] = value
		}
	}
	return values
}

func contains(known []string, key *yaml.Node) bool {
	for _, k := range known {
		if k == key.Value && key.ShortTag() == "!!str" {
			return true
		}
	}
	return false
}

// plain refuses what would make a value depend on anything but its own text: anchors, aliases,
// tags. Without aliases no document is larger than its file.
func (d *decoder) plain(node *yaml.Node, path string) bool {
	switch {
	case node.Kind == yaml.AliasNode:
		d.failAt(node, path, "alias *"+shown(node.Value), "the value written out: aliases are not accepted")
	case node.Anchor != "":
		d.failAt(node, path, "anchor &"+shown(node.Anchor), "the value alone: anchors are not accepted")
	case node.Style&yaml.TaggedStyle != 0:
		d.failAt(node, path, "tag "+shown(node.Tag), "the value alone: tags are not accepted")
	default:
		return true
	}
	return false
}

// value decodes node into v.
func (d *decoder) value(node *yaml.Node, v reflect.Value, path string, l *limits) {
	if !d.plain(node, path) {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.mapping(node, v, path)
	case reflect.Slice:
		d.list(node, v, path, l)
	default:
		d.scalar(node, v, path, l)
	}
}

// absent gives v its default. Defaults that depend on other values are in defaults.go.
func (d *decoder) absent(v reflect.Value, path string, l *limits) {
	switch {
	case v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[LearningRate]():
		d.mapping(nil, v, path)
	case v.Kind() == reflect.Slice: // see defaults.go
	default:
		if value := cmp.Or(d.preset.value(path, d.preset.bottleneck), l.byDefault); value != "" {
			d.scalar(&yaml.Node{Kind: yaml.ScalarNode, Value: value}, v, path, l)
		}
	}
}

// list decodes a list into the slice v; one value alone where the limits let it stand for all.
func (d *decoder) list(node *yaml.Node, v reflect.Value, path string, l *limits) {
	if l.spread && node.Kind == yaml.ScalarNode {
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		d.scalar(node, v.Index(0), path, l)
		return
	}
	if node.Kind != yaml.SequenceNode {
		d.failAt(node, path, describeNode(node), l.describe(v.Type()))
		return
	}
	n := len(node.Content)
	switch {
	case n < l.fewest:
		d.failAt(node, path, count(n, "value"), fmt.Sprintf("%d or more", l.fewest))
		return
	case n > l.many:
		d.failAt(node, path, count(n, "value"), fmt.Sprintf("%d or fewer", l.many))
		return
	case n == 0:
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), n, n))
	for i, elem := range node.Content {
		at := fmt.Sprintf("%s[%d]", path, i)
		d.nodes[at] = elem
		d.value(elem, v.Index(i), at, l)
	}
	if l.distinct {
		d.distinct(v, path)
	}
}

// distinct refuses equal values in the list v of strings. The same text in two of Unicode's forms
// is equal.
func (d *decoder) distinct(v reflect.Value, path string) {
	first := make(map[string]int, v.Len())
	for i := range v.Len() {
		at := fmt.Sprintf("%s[%d]", path, i)
		s := norm.NFC.String(v.Index(i).String())
		if j, twice := first[s]; twice && s != "" {
			d.fail(at, quoted(s)+" again", fmt.Sprintf("a text different from %s[%d]", path, j))
			continue
		}
		first[s] = i
	}
}

// Numbers are decimal. YAML's other notations would read 010 as eight and 1_0 as ten.
var (
	wholePattern = regexp.MustCompile(`^[-+]?(0|[1-9][0-9]*)$`)
	floatPattern = regexp.MustCompile(`^[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$`)

	infinitePattern = regexp.MustCompile(`(?i)^[-+]?\.(inf|nan)$`)
)

// scalar decodes a single value into v.
func (d *decoder) scalar(node *yaml.Node, v reflect.Value, path string, l *limits) {
	wrong := func(want string) { d.failAt(node, path, describeNode(node), want) }
	tag := node.ShortTag()
	isNumber := readsAsNumber(node)
	switch v.Kind() {
	case reflect.Bool:
		if node.Kind != yaml.ScalarNode || tag != "!!bool" {
			wrong("true or false")
			return
		}
		v.SetBool(strings.EqualFold(node.Value, "true"))
	case reflect.String:
		if node.Kind != yaml.ScalarNode || tag != "!!str" {
			wrong(l.describeText(node))
			return
		}
		if want := l.textRefusal(node.Value); want != "" {
			if why := Refusal(node.Value); path == "family" && why != "" {
				want += ": " + why
			}
			wrong(want)
			return
		}
		v.SetString(node.Value)
	case reflect.Int:
		if !isNumber || !wholePattern.MatchString(node.Value) {
			wrong(l.describe(v.Type()) + notation(node, isNumber))
			return
		}
		d.whole(node, v, path, l)
	case reflect.Float64:
		if !isNumber || !floatPattern.MatchString(node.Value) {
			wrong(l.describe(v.Type()) + notation(node, isNumber))
			return
		}
		d.float(node, v, path, l)
	}
}

// readsAsNumber reports whether node is a number to YAML, or would be if float64 had its range.
func readsAsNumber(node *yaml.Node) bool {
	if node.Kind != yaml.ScalarNode {
		return false
	}
	tag := node.ShortTag()
	return tag == "!!int" || tag == "!!float" || node.Style == 0 && floatPattern.MatchString(node.Value)
}

// notation describes the error of a number that is valid YAML but not valid in a spec.
func notation(node *yaml.Node, isNumber bool) string {
	switch {
	case !isNumber || floatPattern.MatchString(node.Value):
		return ""
	case infinitePattern.MatchString(node.Value):
		return ", finite"
	}
	return ", in decimal digits"
}

// describeText says in words what text is wanted where node holds something else.
func (l *limits) describeText(node *yaml.Node) string {
	isPlain := node.Kind == yaml.ScalarNode && node.ShortTag() != "!!null"
	if isPlain && l.choices == nil && l.textRefusal(node.Value) == "" {
		return strconv.Quote(node.Value) + ", in quotes" // a label such as 0 or true
	}
	return l.describe(reflect.TypeFor[string]())
}

// whole decodes a decimal whole number. Its bounds fit an int of 32 bits.
func (d *decoder) whole(node *yaml.Node, v reflect.Value, path string, l *limits) {
	n, err := strconv.ParseInt(node.Value, 10, 64)
	if err != nil { // out of the range of int64: on the same side of the bounds
		n = math.MaxInt64
		if strings.HasPrefix(node.Value, "-") {
			n = math.MinInt64
		}
	}
	if want := l.refusal(float64(n)); want != "" {
		d.failAt(node, path, describeNode(node), want)
		return
	}
	v.SetInt(n)
}

// float decodes a number. It refuses a number that float32 rounds to Inf or to 0: networks compute
// in float32.
func (d *decoder) float(node *yaml.Node, v reflect.Value, path string, l *limits) {
	x, err := strconv.ParseFloat(node.Value, 64)
	x += 0 // -0 becomes 0
	if err != nil || math.IsInf(float64(float32(x)), 0) {
		d.failInFloat32(node, path, "a number that float32 can hold")
		return
	}
	if want := l.refusal(x); want != "" {
		d.failAt(node, path, describeNode(node), want)
		return
	}
	if x != 0 && float32(x) == 0 {
		d.failInFloat32(node, path, "a number that float32 can tell from 0")
		return
	}
	if want := l.refusal(float64(float32(x))); want != "" {
		d.failInFloat32(node, path, want+" after rounding to float32")
		return
	}
	v.SetFloat(x)
}

// describeNode says what stands in the file.
func describeNode(node *yaml.Node) string {
	switch node.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	switch tag := node.ShortTag(); {
	case tag == "!!null":
		return "nothing"
	case tag == "!!str" && !readsAsNumber(node):
		return quoted(node.Value)
	}
	return shown(node.Value)
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
