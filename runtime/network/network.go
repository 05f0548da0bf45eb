package network

import "errors"

// Network is what every generated network offers to the trainer's kit. Images are [n, height,
// width, channels] float32; labels are class indices; n is at most Info.Capacity.
type Network interface {
	// TrainStep runs forward, backward and the optimizer's update on one batch, which
	// [Info.CheckTrainStep] accepts.
	TrainStep(images []float32, labels []int32, learningRate float32) Metrics
	// Eval runs the forward pass with the moving averages and changes no variable.
	Eval(images []float32, labels []int32) Metrics
	// Logits is Eval without labels: [n, classes], valid until the next call of any method.
	Logits(images []float32) []float32
	// LastLogits returns the logits of the last TrainStep, Eval or Logits.
	LastLogits() []float32
	// Variables lists the network's variables in a fixed order.
	Variables() []Variable
	// Profile makes every later step record the time of each of Info.Phases; nil ends it.
	Profile(*Profile)
	// Threads returns the number of workers in use.
	Threads() int
	// Close ends the workers. TrainStep, Eval and Logits panic afterwards, with ErrClosed; the
	// variables stay readable.
	Close()
}

// Counter is a Network whose update depends on the number of steps before it, such as AdamW's. A
// new one is at 0.
type Counter interface {
	// StepCount returns how many training steps have been made.
	StepCount() int
	// SetStepCount makes the next step the one after the given number.
	SetStepCount(int)
}

// ErrClosed says that a network or a model has been closed. A network's steps panic with it.
var ErrClosed = errors.New("got a call after Close: the network is closed")

// Profile gathers the time of each phase of a training step. A phase lasts until the next one
// begins.
type Profile struct {
	Nanoseconds []int64 // one a phase of Info.Phases, summed over the steps
	Steps       int
}
