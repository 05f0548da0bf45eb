// Package engine is the runtime of generated inference packages: a forward pass without the buffers
// of training.
//
// A batch normalization after a convolution is folded into the convolution's weights. Others are
// one fused multiply-add in the epilogue of the convolution before them. Each worker takes a few
// images at a time through the whole network. A single image is shared by all workers.
//
// Kernels define the order of every sum. So the logits of an image have the same bits for any
// number of workers, in any batch, on any CPU.
package engine
