package cli

import (
	"fmt"
	"sync"

	"github.com/resnetgen/resnetgen/runtime/classify"
	"github.com/resnetgen/resnetgen/runtime/nn"
)

// model makes a training network a classify.Model.
type model struct {
	mu       sync.Mutex
	net      nn.Network
	elements int // of an image
	classes  int
	capacity int // images of a call
}

// loadModel loads a checkpoint: a file, or a run's folder, whose best it takes.
func (a *app) loadModel(path string) (*classify.Loaded, error) {
	net, err := a.build()
	if err != nil {
		return nil, err
	}
	step, file, err := loadFile(net, path, false)
	if err != nil {
		net.Close()
		return nil, err
	}
	i := a.Info
	return &classify.Loaded{
		Model: &model{net: net, elements: i.Input[0] * i.Input[1] * i.Input[2], classes: i.Classes, capacity: i.Capacity},
		File:  file, Step: step,
	}, nil
}

// Logits is classify.Model's. Calls wait for each other; each uses all of the network's workers.
func (m *model) Logits(dst, images []float32) error {
	n := len(images) / m.elements
	if len(images)%m.elements != 0 || len(dst) != n*m.classes {
		return fmt.Errorf("logits: got room for %d of %d values, want images of %d and %d logits for each", len(dst), len(images), m.elements, m.classes)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for first := 0; first < n; first += m.capacity {
		end := min(first+m.capacity, n)
		copy(dst[first*m.classes:end*m.classes], m.net.Logits(images[first*m.elements:end*m.elements]))
	}
	return nil
}

// Close is classify.Model's.
func (m *model) Close() { m.net.Close() }
