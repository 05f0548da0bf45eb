package trainertest

import "testing"

// TestChoices holds that each choice is in its spec alone, and that keys of all kinds have some. A
// family fills in other keys' values, too, and bottleneck_stride is a key of bottlenecks.
func TestChoices(t *testing.T) {
	choices, err := Choices()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, c := range choices {
		found[c.Key+" "+c.Value] = true
		for _, other := range choices {
			in, err := c.In(other.Spec)
			if err != nil {
				t.Fatal(err)
			}
			filledIn := other.Key == "family" && c.Key != "family" || other.Key == "bottleneck_stride" && c.Key == "bottleneck"
			if want := c.Key == other.Key && c.Value == other.Value; in != want && !filledIn {
				t.Errorf("%s %s in %s: got %v, want %v", c.Key, c.Value, other.Spec.Name, in, want)
			}
		}
	}
	for name, want := range map[string]bool{
		"algorithm winograd": true, "train.optimizer adamw": true, "train.decay_on all": true, "bias true": true, "bottleneck true": true,
		"train.optimizer mom": false, "train.augment.flip none": false, "train.learning_rate.schedule cosine": false, "eval.flip true": false,
	} {
		if found[name] != want {
			t.Errorf("%s: got a choice %v, want %v", name, found[name], want)
		}
	}
}
