package fakenet

import (
	"fmt"
	"sync"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/classify"
	"github.com/resnetgen/resnetgen/runtime/engine"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// Model is the network that only predicts.
type Model struct {
	lock sync.Mutex
	net  *Net
}

// Infer returns it with a checkpoint's variables.
var Infer = InferAs(&Info)

// InferAs is [Infer] of the network as another description has it.
func InferAs(i *network.Info) func(*checkpoint.File, engine.Options) (classify.Model, error) {
	return func(f *checkpoint.File, _ engine.Options) (classify.Model, error) {
		v := engine.NewVariables(f, *checkpoint.FunctionOf(i))
		m := &Model{net: New(network.Options{})}
		for _, variable := range m.net.Variables() {
			copy(variable.Value, v.Get(variable.Name, variable.Shape...))
		}
		return m, v.Err()
	}
}

// Logits computes those of images.
func (m *Model) Logits(dst, images []float32) error {
	if n := len(images) / pixels; len(images) != n*pixels || len(dst) != n*Classes {
		return fmt.Errorf("fake: got %d values and room for %d logits, want images of %d and %d logits", len(images), len(dst), pixels, Classes)
	}
	m.lock.Lock()
	defer m.lock.Unlock()
	for len(images) > 0 {
		n := min(len(images), Info.Capacity*pixels)
		copy(dst, m.net.Logits(images[:n]))
		images, dst = images[n:], dst[n/pixels*Classes:]
	}
	return nil
}

// Close does nothing.
func (m *Model) Close() {}
