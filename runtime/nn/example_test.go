package nn_test

import (
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/nn"
)

// The loss of one image of a batch of two, and its gradient: the probabilities less 1 at the label,
// halved.
func ExampleCrossEntropy() {
	logits, gradient := []float32{0, 0, 2}, make([]float32, 3)
	loss, correct := nn.CrossEntropy(gradient, logits, 2, 1.0/2)
	fmt.Printf("loss %.4f, right: %t\n", loss, correct)
	fmt.Printf("gradient %.4f\n", gradient)
	// Output:
	// loss 0.2395, right: true
	// gradient [0.0533 0.0533 -0.1065]
}
