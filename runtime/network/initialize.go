package network

import "github.com/resnetgen/resnetgen/runtime/rng"

// Initialize sets every variable to its initial value, and optimizer slots to 0. A
// variable's values depend on the seed, its name, and its Init and Scale alone.
func Initialize(variables []Variable, seed uint64) {
	for i := range variables {
		v := &variables[i]
		for _, slot := range v.Slots {
			clear(slot.Value)
		}
		stream := rng.New(seed, "initialize "+v.Name)
		for j := range v.Value {
			switch v.Init {
			case Zeros:
				v.Value[j] = 0
			case Ones:
				v.Value[j] = 1
			case Normal:
				v.Value[j] = float32(stream.NormFloat64() * v.Scale)
			case Uniform:
				v.Value[j] = float32((2*stream.Float64() - 1) * v.Scale)
			}
		}
	}
}
