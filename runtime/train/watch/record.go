package watch

// ScalarRecorder records numbers outside of a training: those of an evaluator that watches a run.
type ScalarRecorder interface {
	// Scalars begins a record in a folder, which is made if it is not there. What the folder's
	// older records say of steps after done does not count any more.
	Scalars(folder string, done int) (ScalarWriter, error)
}

// ScalarWriter records numbers.
type ScalarWriter interface {
	// Scalar records a number of a step, under its name.
	Scalar(step int, name string, value float64) error
	// Close ends the record, and returns what could not be written.
	Close() error
}
