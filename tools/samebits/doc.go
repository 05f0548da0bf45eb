// Command samebits compares what two checkouts of this module compute, bit for bit: for the
// committed networks and for specs drawn at random it generates and builds each checkout's
// trainers, trains some steps, and prints the sum of the checkpoint's tensors, of the logits of the
// training network and of the inference package, and of the ONNX file without its metadata. It
// exits with 1 where a sum differs.
//
//	go run ./tools/samebits OLD NEW
//
// A redesign that should move no bit is held to it: OLD is a worktree of the commit before.
package main
