package spec

import (
	"fmt"
	"reflect"
	"strings"
)

// idle goes through the keys of v that do not go with the value of the key that decides them: by
// their tags, as net.go says. It takes back their defaults, and refuses what the file gives.
func (d *decoder) idle(v reflect.Value, path string) {
	for _, f := range fieldsOf(v.Type()) {
		at, value := join(path, f.key), v.Field(f.index)
		switch {
		case f.of != "":
			switch chosen := fmt.Sprint(v.Field(f.decider)); {
			case f.goesWith(chosen):
			case !d.has(at):
				clearValue(value)
			case d.sound(join(path, f.of)):
				// No schema knows what families fill in.
				d.beyondSchema = !d.has(join(path, f.of)) && d.preset.value(join(path, f.of), d.preset.bottleneck) != ""
				d.idleKey(&f, at, chosen, value)
				d.beyondSchema = false
			}
		case value.Kind() == reflect.Struct:
			d.idle(value, at)
		}
	}
}

// idleKey refuses the value of an idle key, except the zero that every spec has there.
func (d *decoder) idleKey(f *field, at, chosen string, value reflect.Value) {
	switch {
	case !f.always:
		owners := strings.Join(f.values, " or ")
		d.fail(at, "a value", fmt.Sprintf("none: %s %s has no %s, %s %s has", f.of, chosen, f.key, f.of, owners))
	case d.sound(at) && !isClear(value):
		d.fail(at, fmt.Sprint(value), fmt.Sprintf("%s or no value: %s %s has no %s", zero(value.Type()), f.of, chosen, f.key))
	}
}

// clearValue sets a value to zero, and all values of a list, which keeps its length.
func clearValue(v reflect.Value) {
	if v.Kind() != reflect.Slice {
		v.SetZero()
		return
	}
	for i := range v.Len() {
		v.Index(i).SetZero()
	}
}

// isClear reports whether clearValue would leave a value as it is.
func isClear(v reflect.Value) bool {
	if v.Kind() != reflect.Slice {
		return v.IsZero()
	}
	for i := range v.Len() {
		if !v.Index(i).IsZero() {
			return false
		}
	}
	return true
}

// zero is the value that clearValue leaves, in words.
func zero(t reflect.Type) string {
	if t.Kind() == reflect.Slice {
		return "only " + zero(t.Elem())
	}
	return fmt.Sprint(reflect.Zero(t))
}
