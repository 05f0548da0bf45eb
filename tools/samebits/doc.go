// Command samebits compares the results of two checkouts of this module, bit for bit. It takes the
// committed networks and specs drawn at random. For each it generates and builds both checkouts'
// trainers and trains some steps. Then it prints sums of the checkpoint's tensors, of the logits of
// the training network and of the inference package, and of the ONNX file without its metadata. It
// exits with 1 if a sum differs.
//
//	go run ./tools/samebits OLD NEW
//
// Run it on a redesign that must move no bit: OLD is a worktree of the commit before.
package main
