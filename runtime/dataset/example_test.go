package dataset_test

import (
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/dataset"
)

// The images that come with every trainer, and one as a network sees it that is given no means:
// standardized, so that its values' mean is 0 and their variance 1.
func Example() {
	train, test, err := dataset.Open("fashion-mini", dataset.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d and %d images of %d×%d×%d\n", train.Len(), test.Len(), train.Height, train.Width, train.Channels)
	image := make([]float32, test.Size())
	test.Eval(image, 0)
	var sum, squares float64
	for _, x := range image {
		sum += float64(x)
		squares += float64(x) * float64(x)
	}
	n := float64(len(image))
	fmt.Printf("%s: variance %.3f\n", test.ClassNames[test.Labels[0]], squares/n-(sum/n)*(sum/n))
	// Output:
	// 6000 and 1000 images of 28×28×1
	// Ankle boot: variance 1.000
}
