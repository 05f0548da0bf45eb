package preprocess_test

import (
	"fmt"
	"image"
	"image/color"

	"github.com/resnetgen/resnetgen/runtime/preprocess"
)

// An image of any size becomes what a network of 2×2 grey pixels takes.
func Example() {
	photo := image.NewGray(image.Rect(0, 0, 8, 4)) // the left half black, the right half white
	for y := range 4 {
		for x := 4; x < 8; x++ {
			photo.SetGray(x, y, color.Gray{Y: 255})
		}
	}
	pixels, resized := preprocess.Fit(photo, [3]int{2, 2, 1}, preprocess.Options{}) // its middle, 4×4, made smaller
	standardized := make([]float32, len(pixels))
	preprocess.Standardizer{}.Standardize(standardized, pixels)
	fmt.Println(pixels, resized, standardized)
	// Output: [21 234 21 234] true [-1 1 -1 1]
}
