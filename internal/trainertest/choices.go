package trainertest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/resnetgen/resnetgen/spec"
)

// Choice is a value of a key that has a list of values, or is true or false, and a small network
// that differs from the default in this alone.
type Choice struct {
	Key   string // such as train.optimizer
	Value string
	Spec  *spec.Net
}

// In reports whether a spec makes the choice.
func (c *Choice) In(s *spec.Net) (bool, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return false, err
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return false, err
	}
	for _, key := range strings.Split(c.Key, ".") {
		inner, _ := value.(map[string]any)
		value = inner[key]
	}
	return fmt.Sprint(value) == c.Value, nil
}

// property is what the schema says of a key.
type property struct {
	Properties map[string]*property `json:"properties"`
	Enum       []string             `json:"enum"`
	Type       string               `json:"type"`
}

// values lists those of a key, of true and false what is no default.
func (p *property) values() []string {
	if p.Type == "boolean" {
		return []string{"true"}
	}
	return p.Enum
}

// unseen are the beginnings of keys that a step does not see: how images are varied, in training or
// in an evaluation, how they become a network's input, and the schedule.
var unseen = []string{"train.augment.", "train.learning_rate.", "preprocess.", "eval."}

// Choices lists what the schema of specs offers besides the defaults, in order, but no unseen keys.
func Choices() (choices []Choice, err error) {
	var root property
	if err := json.Unmarshal(spec.Schema(), &root); err != nil {
		return nil, err
	}
	for _, key := range root.choices("") {
		if slices.ContainsFunc(unseen, func(prefix string) bool { return strings.HasPrefix(key, prefix) }) {
			continue
		}
		names := strings.Split(key, ".")
		defaults, err := small("defaults", names, "")
		if err != nil {
			return nil, err
		}
		for _, value := range root.find(key).values() {
			c := Choice{Key: key, Value: value}
			isDefault, err := c.In(defaults)
			if err != nil {
				return nil, err
			}
			if isDefault {
				continue
			}
			name := "choice_" + strings.NewReplacer(".", "_", "-", "_").Replace(key+"_"+value)
			if c.Spec, err = small(name, names, value); err != nil {
				return nil, fmt.Errorf("%s: %s: %w", key, value, err)
			}
			choices = append(choices, c)
		}
	}
	return choices, nil
}

// choices lists the keys with a list of values, behind a prefix.
func (p *property) choices(prefix string) (keys []string) {
	for _, name := range slices.Sorted(maps.Keys(p.Properties)) {
		inner := p.Properties[name]
		if inner.values() != nil {
			keys = append(keys, prefix+name)
		}
		keys = append(keys, inner.choices(prefix+name+".")...)
	}
	return keys
}

func (p *property) find(key string) *property {
	for _, name := range strings.Split(key, ".") {
		p = p.Properties[name]
	}
	return p
}

// small returns a small network with a value of a key, whose names lead from the outermost to it.
// Without a value the key has its default.
func small(name string, names []string, value string) (*spec.Net, error) {
	net := map[string]any{
		"name":  name,
		"input": map[string]any{"height": 8, "width": 8, "channels": 3}, "classes": 10,
		"filters": []int{8, 8, 16}, "strides": []int{1, 2}, "units": []int{1, 1},
		"train": map[string]any{
			"batch": 20, "weight_decay": 0.05,
			"learning_rate": map[string]any{"schedule": "constant", "value": 0.01},
		},
		"eval": map[string]any{"batch": 20},
	}
	if names[0] == "bottleneck_stride" || names[0] == "bottleneck" {
		net["shortcut"] = "average-pad" // bottlenecks have another by default
	}
	if names[0] == "bottleneck_stride" {
		net["bottleneck"] = true // a key of such units alone
	}
	if value != "" {
		set(net, names, value)
	}
	text, err := json.Marshal(net)
	if err != nil {
		return nil, err
	}
	return spec.Parse(name+".yaml", text) // JSON is YAML
}

// set gives a key a value. Names lead from the outermost key of a mapping to it.
func set(holder map[string]any, names []string, value string) {
	last := len(names) - 1
	for _, key := range names[:last] {
		inner, _ := holder[key].(map[string]any)
		if inner == nil {
			inner = map[string]any{}
			holder[key] = inner
		}
		holder = inner
	}
	holder[names[last]] = value
	if value == "true" {
		holder[names[last]] = true
	}
}
