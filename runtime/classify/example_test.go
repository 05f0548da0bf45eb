package classify_test

import (
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/classify"
)

func ExampleTop() {
	names := classify.Names([]string{"cat", "dog"}, 3)
	for _, guess := range classify.Top([]float32{1, 3, -2}, names, 2) {
		fmt.Printf("%.1f %% %s\n", 100*guess.Probability, guess.Class)
	}
	// Output:
	// 87.6 % dog
	// 11.8 % cat
}
