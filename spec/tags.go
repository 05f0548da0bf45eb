package spec

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// field is a key of a mapping: the struct field behind it and what its tags demand.
type field struct {
	key     string
	index   int
	of      string   // the key beside it that decides whether it counts; "": it always does
	values  []string // of that key: those that it goes with
	decider int      // the index of that key
	always  bool     // it is written even where it does not count
	younger bool     // its JSON is left out where it is empty: see forgetDefaults
	limits  limits
}

// goesWith reports whether the key counts with a value of the key that decides it.
func (f *field) goesWith(value string) bool { return slices.Contains(f.values, value) }

// limits are the demands of a jsonschema tag. Those on numbers and text hold for each value of a
// list.
type limits struct {
	required     bool
	spread       bool // a single value stands for a whole list
	byDefault    string
	least, most  *float64
	above, below *float64 // exclusive
	length       int      // the most characters of a text, 0: any
	fewest, many int      // bounds of a list's length
	distinct     bool
	choices      []string
	pattern      *regexp.Regexp
	want         string // the pattern in words
}

// fieldsOf lists the keys of the mapping that t, a struct, is written as. Callers must not change
// it.
func fieldsOf(t reflect.Type) []field {
	fields, ok := fieldCache.Load(t)
	if !ok {
		fields, _ = fieldCache.LoadOrStore(t, readFields(t))
	}
	return fields.([]field)
}

var fieldCache sync.Map // []field by reflect.Type: tags hold regular expressions, which take time to compile

func readFields(t reflect.Type) []field {
	fields := make([]field, 0, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		key, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		_, inJSON, _ := strings.Cut(f.Tag.Get("json"), ",")
		of, values, _ := strings.Cut(f.Tag.Get("of"), "=")
		fields = append(fields, field{
			key: key, index: i, of: of, values: strings.Split(values, ","),
			always: !strings.Contains(options, "omitempty"), younger: strings.Contains(inJSON, "omitempty"),
			limits: limitsOf(f.Tag),
		})
	}
	for i, f := range fields {
		if f.of != "" {
			fields[i].decider = indexOf(fields, f.of)
		}
	}
	return fields
}

// indexOf returns the place of a key that a tag names. It panics where there is none: a mistake in
// net.go.
func indexOf(fields []field, key string) int {
	i := slices.IndexFunc(fields, func(f field) bool { return f.key == key })
	if i < 0 {
		panic(fmt.Sprintf("spec: an of tag names key %q, which is not beside it", key))
	}
	return fields[i].index
}

// limitsOf reads a field's tags. It panics on a tag that it does not know: a mistake in net.go.
func limitsOf(tag reflect.StructTag) limits {
	l := limits{want: tag.Get("want"), spread: tag.Get("spread") == "true"}
	for word := range strings.SplitSeq(tag.Get("jsonschema"), ",") {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "", "example": // nothing to enforce
		case "required":
			l.required = true
		case "default":
			l.byDefault = value
		case "minimum":
			l.least = bound(value)
		case "maximum":
			l.most = bound(value)
		case "exclusiveMinimum":
			l.above = bound(value)
		case "exclusiveMaximum":
			l.below = bound(value)
		case "maxLength":
			l.length = int(*bound(value))
		case "minItems":
			l.fewest = int(*bound(value))
		case "maxItems":
			l.many = int(*bound(value))
		case "uniqueItems":
			l.distinct = true
		case "enum":
			l.choices = append(l.choices, value)
		case "pattern":
			l.pattern = regexp.MustCompile(value)
		default:
			panic(fmt.Sprintf("spec: jsonschema tag %q is unknown", word))
		}
	}
	return l
}

// bound reads a number of a tag.
func bound(s string) *float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic(fmt.Sprintf("spec: bound of a jsonschema tag: %v", err))
	}
	return &v
}

// refusal says what is wanted instead of v, or "" if the limits allow it.
func (l *limits) refusal(v float64) string {
	switch {
	case l.least != nil && v < *l.least:
		return number(*l.least) + " or more"
	case l.above != nil && v <= *l.above:
		return "more than " + number(*l.above)
	case l.most != nil && v > *l.most:
		return number(*l.most) + " or less"
	case l.below != nil && v >= *l.below:
		return "less than " + number(*l.below)
	}
	return ""
}

// textRefusal says what is wanted instead of s, or "" if the limits allow it.
func (l *limits) textRefusal(s string) string {
	switch {
	case l.choices != nil && !slices.Contains(l.choices, s):
		return oneOf(l.choices)
	case l.pattern != nil && !l.pattern.MatchString(s):
		return l.want
	case l.length > 0 && len([]rune(s)) > l.length:
		return fmt.Sprintf("%d characters or fewer", l.length)
	}
	return ""
}

// describe says in words what kind of value v may hold, for messages about values of another kind.
func (l *limits) describe(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct:
		return "a mapping"
	case reflect.Slice:
		if l.spread {
			return l.describe(t.Elem()) + ", or a list of them"
		}
		return "a list, each " + l.describe(t.Elem())
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		if l.choices != nil {
			return oneOf(l.choices)
		}
		return l.want
	case reflect.Int:
		return "a whole number" + l.span()
	default:
		return "a number" + l.span()
	}
}

// span says the bounds of a number in words.
func (l *limits) span() string {
	var parts []string
	if l.least != nil && l.most != nil {
		return fmt.Sprintf(" from %s to %s", number(*l.least), number(*l.most))
	}
	if l.least != nil {
		parts = append(parts, number(*l.least)+" or more")
	}
	if l.above != nil {
		parts = append(parts, "more than "+number(*l.above))
	}
	if l.most != nil {
		parts = append(parts, number(*l.most)+" or less")
	}
	if l.below != nil {
		parts = append(parts, "less than "+number(*l.below))
	}
	if parts == nil {
		return ""
	}
	return ", " + strings.Join(parts, " and ")
}

// number formats a bound without an exponent.
func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
