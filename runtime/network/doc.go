// Package network describes a compiled network: its variables, layers, phases and memory, and the
// interface that every generated network offers to a trainer. Package nn runs a training step,
// package engine an inference.
//
// Its name is not net, so that a server's file needs no alias for the standard library's.
package network
