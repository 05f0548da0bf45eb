// Package conv provides convolutions for training and inference: sizes and padding, the layouts of
// images and of packed weights, and the tables that the kernels of package f32 walk.
//
// [Shape] describes a convolution. [Forward], [BackwardData] and [BackwardWeights] each compute one
// result directly, as a sum of products. [Winograd] and [WinogradBackwardWeights] use Winograd's
// F(4×4, 3×3). A constructed value holds no image and no weights, allocates nothing as it computes,
// and may be used by several goroutines at once.
//
// # Layout
//
// An image is [height][width][channels] float32. The input of a convolution lies in a halo of
// zeros, see [Shape.Input]. Weights are TensorFlow's [kernel][kernel][in][out]. Pack methods lay
// them out in blocks of abi.PackChannels channels for the kernels.
package conv
