package recipe

// Views says what an evaluation sees of each image: test-time augmentation. The zero value is the
// image alone.
//
// An image's logits are then the mean, in float32, of those of its mirror, where Flip says so, and
// of it moved by up to Shift pixels in each direction, with zeros where nothing has been. A view
// that is moved by y and x weighs (Shift+1−|y|)·(Shift+1−|x|).
//
// Sources: Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional
// Neural Networks", 2012, section 4.1, which averages over mirrors and corners, but the softmax's
// output; Jordan, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU", 2024, section 3.5, which
// averages logits of mirrors and of images moved by a pixel, of other weights.
type Views struct {
	Flip  bool `json:"flip,omitempty"`
	Shift int  `json:"shift,omitempty"`
}

// MaxShift is the largest Shift: an evaluation sees (2·Shift+1)² views of an image, or twice as
// many.
const MaxShift = 8

// View is one of an image's: moved down and right by so many pixels, maybe mirrored.
type View struct {
	Top, Left int
	Mirrored  bool
	Weight    float32
}

// List returns the views, the image itself first.
func (v Views) List() (views []View) {
	place := func(top, left int) {
		weight := float32((v.Shift + 1 - max(top, -top)) * (v.Shift + 1 - max(left, -left)))
		views = append(views, View{top, left, false, weight})
		if v.Flip {
			views = append(views, View{top, left, true, weight})
		}
	}
	place(0, 0)
	for top := -v.Shift; top <= v.Shift; top++ {
		for left := -v.Shift; left <= v.Shift; left++ {
			if top != 0 || left != 0 {
				place(top, left)
			}
		}
	}
	return views
}
