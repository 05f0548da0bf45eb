// Package network describes a compiled network: its variables, layers, phases and memory. It has
// the interface between every generated network and a trainer. Package nn runs a training step,
// package engine an inference.
//
// Its name is not net, so that a server's file can import the standard library's net without an
// alias.
package network
