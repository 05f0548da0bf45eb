package network

import "fmt"

// Layer is a row of a network's table of layers.
type Layer struct {
	Name       string `json:"name"`
	Unit       string `json:"unit"` // its residual unit, such as unit_1_0 or layer1.0; outside of those init, unit_last, logit, stem or head
	Op         string `json:"op"`
	In         [3]int `json:"in"`  // height, width, channels
	Out        [3]int `json:"out"` // height, width, channels
	Parameters int64  `json:"parameters"`
	MACs       int64  `json:"macs"` // multiply-accumulates of an image
	Algorithm  string `json:"algorithm,omitempty"`
	Offset     int64  `json:"arena_offset"` // of its output, in bytes
}

// Phase is a part of a step that all workers run together, ended by a barrier.
type Phase struct {
	Name string // the layer's
	Pass string // "forward", "backward", …

	// Of one image: operations of the phase's convolutions, two a multiply-accumulate, as direct
	// convolutions, and those of the products that their algorithms take instead; elements of
	// Winograd's planes that are transformed to or from; bytes of tensors of the batch that are
	// read or written.
	FLOPs, Products, Transformed, ImageBytes int64
	// Once for the batch: bytes of weights, their gradients and momentum that are read or written.
	BatchBytes int64
}

// Bytes returns what the phase reads and writes for n images.
func (p *Phase) Bytes(n int) int64 { return p.ImageBytes*int64(n) + p.BatchBytes }

// Buffer is a part of a network's arena.
type Buffer struct {
	Name          string
	Shape         []int // of a tensor: images, height, width, channels
	Bytes, Offset int64
	First, Last   int // of Info.Phases, those between which a tensor lives; what has no Shape always does
}

// Info describes a compiled network without building it.
type Info struct {
	Name           string
	SpecHash       string // sha256 of the decoded spec, hexadecimal
	Generator      string // version of the generator
	Input          [3]int // height, width, channels
	Preprocess     Preprocess
	Mean, Std      []float64 // of each channel, that images are standardized by, of pixels from 0 to 1; nil: by each image's own
	Classes        int
	Batch          int // images of a training step, as the spec says
	EvalBatch      int // images of an evaluation step, as the spec says
	LeastImages    int // that a training step takes, 0 for one: see [Info.CheckTrainStep]
	Capacity       int // the most images a call takes: the larger of the two
	Parameters     int64
	MACs           int64
	ArenaBytes     int64 // memory of the network without the workers' scratch
	ScratchBytes   int64 // scratch of one worker
	TensorBytes    int64 // of ArenaBytes, those of the tensors of a batch, which share memory
	LiveBytes      int64 // the most that these hold at one time: no plan needs less
	InferBytes     int64 // memory of one worker of the inference package, besides the weights, which all share
	Optimizer      string
	Momentum       float64
	WeightDecay    float64
	LabelSmoothing float64
	Leak           float64 // slope of the activations below 0
	Epsilon        float64 // what the norms add to a variance
	Layers         []Layer
	Ops            []Op // the forward pass, in order
	Variables      []VariableInfo
	Phases         []Phase  // of a training step, in order
	Buffers        []Buffer // of the arena, those that live through every step first
}

// CheckTrainStep returns an error if so many images are too few for a training step: if the moving
// averages take the unbiased variance, and the smallest images of the network have one pixel, a
// norm of one image has a single value a channel. Its variance is not defined.
func (i *Info) CheckTrainStep(images int) error {
	if images < i.LeastImages {
		return fmt.Errorf("got a batch of %d, want %d images or more: a norm would have one value a channel, whose unbiased variance is not defined", images, i.LeastImages)
	}
	return nil
}
