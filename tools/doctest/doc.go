// Package doctest tests the project's documents: that links, anchors, paths, tests and make targets
// that they name are there, and that the commands that they show run and print what they say. The
// commands have the tag campaign: make test-docs.
//
// HTML comments, which no reader sees, mark what is run:
//
//	<!-- run -->               the next block is a shell script, run in a copy of the checkout that is the document's own
//	<!-- run module -->        … in an empty module that gets this one from a proxy
//	<!-- run background -->    … and left running until the document's last block is done
//	<!-- run 15m -->           … within a quarter of an hour instead of five minutes
//	<!-- write PATH -->        the next block is a file's content; <!-- write module PATH --> in the module
//	<!-- setup COMMAND -->     a command that a reader has no need of
//	<!-- prints TEXT -->       the block before, or command, prints this
//
// A document's blocks run in order, with bin/ in front of PATH.
package doctest

//go:generate go test -count 1 -run ^TestCommandPage$ . -update
