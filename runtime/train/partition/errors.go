package partition

import "fmt"

// AllSeenError says that all images of other data are those that the run was trained on.
type AllSeenError struct{}

// Error says so.
func (AllSeenError) Error() string {
	return "data: got only images that the run was trained on, want others"
}

// NoHoldOutError says that a checkpoint's run has held no images out.
type NoHoldOutError struct{}

// Error says so.
func (e NoHoldOutError) Error() string { return e.Advise("a run with some") }

// Advise is Error with other words for what is wanted.
func (NoHoldOutError) Advise(want string) string {
	return "validation: got a checkpoint of a run without held-out images, want one of " + want
}

// DecoderError says that image files are decoded otherwise than when a run was begun.
type DecoderError struct {
	Now, Was int    // versions of the decoders
	Run      string // the run's folder
}

// Error says so, and what is left to do.
func (e *DecoderError) Error() string {
	return e.Advise("start a new one from the checkpoints of " + e.Run)
}

// Advise is Error with another way to go on.
func (e *DecoderError) Advise(or string) string {
	return fmt.Sprintf("image files are now decoded by version %d, the run was started with version %d: finish it with "+
		"the trainer that started it, or %s", e.Now, e.Was, or)
}
