package network

// Metrics are the results of one batch.
type Metrics struct {
	Images       int
	CrossEntropy float64 // mean softmax cross entropy, natural logarithm
	Loss         float64 // CrossEntropy plus weight decay · Σ ½‖v‖² over the decayed variables
	Correct      int     // images whose largest logit is their label's (ties: the lowest index)
}

// Accuracy is the share of correctly classified images.
func (m Metrics) Accuracy() float64 {
	if m.Images == 0 {
		return 0
	}
	return float64(m.Correct) / float64(m.Images)
}

// Precision is the former name of Accuracy.
//
// Deprecated: use Accuracy.
func (m Metrics) Precision() float64 { return m.Accuracy() }
