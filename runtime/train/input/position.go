package input

// Position is where the batches stand after a step. What a batch holds is a function of the
// settings, the epoch and the batch's number in it: there is no other state.
type Position struct {
	Epoch    int `json:"epoch"`
	Batch    int `json:"batch"` // of the epoch, the next
	PerEpoch int `json:"batches_per_epoch"`
}

// PositionAfter returns the position after a step of a run that has so many batches an epoch.
func PositionAfter(step, perEpoch int) Position {
	return Position{step / perEpoch, step % perEpoch, perEpoch}
}
