package partition

import "fmt"

// SeenError says that all images of other data are those that the run was trained on.
type SeenError struct{}

// Error says so.
func (SeenError) Error() string {
	return "data: got the images that the run was trained on, want others"
}

// NoneHeldOutError says that a checkpoint's run has held no images out.
type NoneHeldOutError struct{}

// Error says so.
func (e NoneHeldOutError) Error() string { return e.Advise("a run that has") }

// Advise is Error with other words for what is wanted.
func (NoneHeldOutError) Advise(want string) string {
	return "validation: got a checkpoint of a run that has held no images out, want one of " + want
}

// DecoderError says that image files are decoded otherwise than when a run was begun.
type DecoderError struct {
	Now, Was int    // versions of the decoders
	Run      string // the run's folder
}

// Error says so, and what is left to do.
func (e *DecoderError) Error() string {
	return e.Advise("begin another from the checkpoints of " + e.Run)
}

// Advise is Error with another way to go on.
func (e *DecoderError) Advise(or string) string {
	return fmt.Sprintf("image files are decoded otherwise than when the run was begun, by version %d in place of %d: end the run with "+
		"the trainer that began it, or %s", e.Now, e.Was, or)
}
