// Package doctest tests the project's documents. Links, anchors, paths, tests and make targets in
// them exist. Lines are at most 100 columns wide, and the README has at most 200 lines.
// docs/commands.md has the commands' own help: go generate ./tools/doctest renews it.
//
// With the build tag campaign (make test-docs) the commands in the documents run and print what the
// documents say. HTML comments, invisible to readers, mark these commands:
//
//	<!-- run -->               the next block is a shell script, run in a copy of the checkout that is the document's own
//	<!-- run module -->        … in an empty module that gets this one from a proxy
//	<!-- run background -->    … and left running until the document's last block is done
//	<!-- run 15m -->           … within a quarter of an hour instead of five minutes
//	<!-- write PATH -->        the next block is a file's content; <!-- write module PATH --> in the module
//	<!-- setup COMMAND -->     a command that a reader does not need; <!-- setup module COMMAND -->
//	<!-- prints TEXT -->       the block before, or command, prints this
//
// A document's blocks run in order, with bin/ in front of PATH.
package doctest

//go:generate go test -count 1 -run ^TestCommandPage$ . -update
