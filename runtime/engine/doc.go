// Package engine is what a generated inference package links: a forward pass without training's buffers. Batch norms that follow a
// convolution are folded into its weights, the others are one fused multiply-add as their input is written; a few images at a time
// go through the whole network, on a worker each, or one image is shared by all workers.
//
// What an image's logits are does not depend on the number of workers, on the images beside it, or on the CPU: the order of every
// sum is the kernels' own.
package engine
