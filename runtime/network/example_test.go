package network_test

import (
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/network"
)

// A batch's metrics, as TrainStep and Eval return them.
func ExampleMetrics() {
	m := network.Metrics{Images: 128, CrossEntropy: 0.41, Loss: 0.55, Correct: 112}
	fmt.Printf("loss %.2f, cross entropy %.2f, accuracy %.1f %%\n", m.Loss, m.CrossEntropy, 100*m.Accuracy())
	// Output: loss 0.55, cross entropy 0.41, accuracy 87.5 %
}

// The initial value of a variable depends on the seed and its name alone.
func ExampleInitialize() {
	gamma := network.Variable{
		VariableInfo: network.VariableInfo{Name: "init/init_bn/gamma", Shape: []int{3}, Trainable: true, Init: network.Ones},
		Value:        make([]float32, 3),
	}
	network.Initialize([]network.Variable{gamma}, 1)
	fmt.Println(gamma.Value)
	// Output: [1 1 1]
}
