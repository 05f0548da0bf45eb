package recipe_test

import (
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/train/recipe"
)

// The learning rate rises for a fifth of the run, then falls to 0.
func ExampleSchedule_Rate() {
	schedule := recipe.Schedule{Kind: "one-cycle", Peak: 0.2, Warmup: 0.2}
	const total = 10
	for step := range total {
		fmt.Printf("%.3f ", schedule.Rate(step, total))
	}
	fmt.Println()
	// Output: 0.100 0.200 0.200 0.175 0.150 0.125 0.100 0.075 0.050 0.025
}

// An evaluation of an image and its mirror weighs both alike.
func ExampleViews_List() {
	for _, v := range (recipe.Views{Flip: true}).List() {
		fmt.Printf("mirrored %t, weight %g\n", v.Mirrored, v.Weight)
	}
	// Output:
	// mirrored false, weight 1
	// mirrored true, weight 1
}
