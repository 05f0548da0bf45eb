// Package nn is a training step: the operations that generated networks call for convolutions,
// batch normalization, shortcuts, the loss and the optimizer, and the workers that run them.
//
// # Layout
//
// An activation is [height][width][channels] float32, one image after another. The input of a
// convolution lies in a halo of zeros ([conv.Shape.Input]), in its worker's scratch. A
// convolution's variable is TensorFlow's [kernel][kernel][in][out]. Each step begins by packing it.
//
// # Determinism
//
// Every element of a result is computed in one order. This order depends on shapes and on the
// number of images, never on the instruction set or the number of workers. The kernels define their
// order (package asm/f32). A sum over a batch goes image by image within each of abi.Groups
// contiguous groups. [A balanced binary tree] combines the groups, without the empty ones. Results
// have the same bits for all finite values.
//
// [A balanced binary tree]: https://en.wikipedia.org/wiki/Pairwise_summation
package nn
