package spec

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"gopkg.in/yaml.v3"
)

// Hash returns the sha256 of the decoded spec as JSON, in hexadecimal. Only a change of the network
// changes it: not line ends, comments, the order of keys, or a default written out. It panics on a
// number that is not finite, which no parsed spec holds.
func (n *Net) Hash() string {
	canonical := *n
	forgetDefaults(reflect.ValueOf(&canonical).Elem())
	if canonical.Shortcut == defaultShortcut(n) {
		canonical.Shortcut = ""
	}
	if slices.Equal(canonical.InnerFilters, defaultInnerFilters(n)) {
		canonical.InnerFilters = nil
	}
	if canonical.Labels == nil {
		canonical.Labels = []string{} // an empty list and none are the same spec
	}
	data, err := json.Marshal(canonical)
	if err != nil {
		panic(fmt.Sprintf("spec: hash of an invalid net: %v", err))
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// forgetDefaults clears the keys whose JSON is left out where they are empty, if they have the
// default of their tags: so a key that is new changes no older spec's hash. An empty one takes the
// default's place.
func forgetDefaults(v reflect.Value) {
	for _, f := range fieldsOf(v.Type()) {
		value := v.Field(f.index)
		switch {
		case value.Kind() == reflect.Struct:
			forgetDefaults(value)
		case f.younger && f.limits.byDefault == fmt.Sprint(value):
			value.SetZero()
		case f.younger && value.Kind() == reflect.Int && value.IsZero():
			least, _ := strconv.Atoi(f.limits.byDefault)
			value.SetInt(int64(least))
		}
	}
}

// Encode returns the spec as YAML with every key that has a value written out; [Parse] reads it
// back as it was. It panics on a net that no parsed spec is: one with an unknown learning-rate
// schedule.
func Encode(n *Net) []byte {
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	err := enc.Encode(n)
	if err == nil {
		err = enc.Close()
	}
	if err != nil {
		panic(fmt.Sprintf("spec: encode an invalid net: %v", err))
	}
	return out.Bytes()
}

// MarshalYAML returns the keys of the schedule alone, all of them: the decoder wants them even
// where they are 0.
func (r LearningRate) MarshalYAML() (any, error) {
	switch r.Schedule {
	case "piecewise":
		return struct {
			Schedule   string
			Boundaries []int     `yaml:",flow"`
			Values     []float64 `yaml:",flow"`
			Warmup     float64   `yaml:",omitempty"`
		}{r.Schedule, r.Boundaries, r.Values, r.Warmup}, nil
	case "constant":
		return struct {
			Schedule string
			Value    float64
			Warmup   float64 `yaml:",omitempty"`
		}{r.Schedule, r.Value, r.Warmup}, nil
	case "cosine":
		return struct {
			Schedule string
			Start    float64
			Warmup   float64 `yaml:",omitempty"`
		}{r.Schedule, r.Start, r.Warmup}, nil
	case "one-cycle":
		return struct {
			Schedule string
			Peak     float64
			Warmup   float64 `yaml:",omitempty"`
		}{r.Schedule, r.Peak, r.Warmup}, nil
	}
	return nil, fmt.Errorf("spec: learning-rate schedule %q is unknown", r.Schedule)
}
