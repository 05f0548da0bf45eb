// Package nn holds the layer operations that generated networks call: convolution geometry, batch
// normalization, shortcuts, the loss, and the crew of workers that runs them.
//
// # Layout
//
// An activation is [height][width][channels] float32, one image after another. The input of a 3×3
// convolution stands in a halo of one pixel of zeros a side, [height+2][width+2][channels], in its
// worker's scratch. A convolution's variable is TensorFlow's [kernel][kernel][in][out]; its packed forms
// are rebuilt from it at the start of each step.
//
// # Determinism
//
// Every element of a result is computed in one order that depends on shapes and on the number of images
// only, never on the instruction set or the number of workers: the kernels define their order
// (package asm/f32); what is summed over a batch is summed image by image within each of abi.Groups
// contiguous groups, and the groups are combined by [a balanced binary tree], in which an empty group is
// passed over. Results are the same bits for all finite values.
//
// [a balanced binary tree]: https://en.wikipedia.org/wiki/Pairwise_summation
package nn
