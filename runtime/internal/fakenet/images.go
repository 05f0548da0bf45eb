package fakenet

import (
	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/rng"
)

// Images is n images of three classes, each of which is brighter in another column.
func Images(n int, seed uint64) *dataset.Set {
	s := &dataset.Set{Name: "columns", Height: Height, Width: Width, Channels: 1, Classes: Classes}
	stream := rng.New(seed, "test images")
	for i := range n {
		label := i % Classes
		s.Labels = append(s.Labels, int32(label))
		for p := range s.Size() {
			v := stream.IntN(120)
			if p%Width == label {
				v += 100
			}
			s.Images = append(s.Images, byte(v))
		}
	}
	return s
}
