// Package fashionmini holds a part of Fashion-MNIST that comes with the trainer: of each class the
// first 600 training images and the first 100 test images, in the order of the whole set. LICENSE
// is that of the data.
package fashionmini

import "embed"

//go:generate go run ../../../tools/fashionmini

// Files are IDX files under the names of the whole set.
//
//go:embed *.gz
var Files embed.FS
