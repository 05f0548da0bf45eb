// Package conv holds what a training step and inference need of convolutions: their sizes and
// padding, how images and packed weights lie in memory, and the tables that the kernels of package
// f32 walk.
//
// [Shape] describes a convolution. Each of [Forward], [BackwardData] and [BackwardWeights] computes
// one of its results directly, as a sum of products; [Winograd] and [WinogradBackwardWeights] do so
// by Winograd's F(4×4, 3×3). All of them are complete when they have been made, hold no image and
// no weights, allocate nothing as they compute, and may be used by several goroutines at once.
//
// # Layout
//
// An image is [height][width][channels] float32. The input of a convolution lies in a halo of
// zeros, see [Shape.Input]. Weights are TensorFlow's [kernel][kernel][in][out]; Pack methods lay
// them out in blocks of abi.PackChannels channels, as kernels read them.
package conv
