package network

import "testing"

// TestCheckTrainStep holds that a step needs as many images as the network says.
func TestCheckTrainStep(t *testing.T) {
	for least, want := range map[int]bool{0: true, 1: true, 2: false} {
		i := Info{LeastImages: least}
		if err := i.CheckTrainStep(1); (err == nil) != want {
			t.Errorf("at least %d: got error %v for one image, want it taken: %v", least, err, want)
		}
		if err := i.CheckTrainStep(2); err != nil {
			t.Errorf("at least %d: got error %v for two images, want none", least, err)
		}
	}
}
