package fakenet

import (
	"sync"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/engine"
	"github.com/resnetgen/resnetgen/runtime/nn"
)

// Model is the network that only predicts.
type Model struct {
	lock sync.Mutex
	net  *Net
}

// Infer returns it with a checkpoint's variables.
func Infer(f *checkpoint.File, _ engine.Options) (engine.Classifier, error) {
	v := engine.NewVariables(f, 0.001, 0)
	m := &Model{net: New(nn.Options{})}
	for _, variable := range m.net.Variables() {
		copy(variable.Value, v.Get(variable.Name, variable.Shape...))
	}
	return m, v.Err()
}

// Logits computes those of images.
func (m *Model) Logits(dst, images []float32) error {
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
