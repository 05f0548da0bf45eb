// Resnetgen compiles residual networks from YAML specs into Go packages.
//
// The exit code is 0 for success, 1 if check finds something out of date, and 2 for wrong input.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/resnetgen/resnetgen/internal/printable"
	"github.com/resnetgen/resnetgen/spec"
)

const (
	exitDone     = 0
	exitOutdated = 1
	exitWrong    = 2
)

// outdated is what check returns after it has named so many files.
type outdated int

func (n outdated) Error() string {
	if n == 1 {
		return "1 file is out of date: run resnetgen generate"
	}
	return fmt.Sprintf("%d files are out of date: run resnetgen generate", int(n))
}

func main() {
	if os.Getenv("GOGC") == "" {
		// A compilation keeps most of its memory to its end: looking for garbage half as often
		// takes a fifth less time.
		debug.SetGCPercent(200)
	}
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run executes a command line and returns its exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	out, errOut := printable.NewWriter(stdout), printable.NewWriter(stderr)
	defer func() { _ = errors.Join(out.Flush(), errOut.Flush()) }() // half a character, of a text that is cut off
	root := rootCommand(out, errOut)
	root.SetArgs(args)
	root.SetIn(stdin)
	err := root.Execute()
	var problems spec.Errors
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &problems): // each line begins with its position, for editors to read
		for _, p := range problems {
			printable.Fprintf(errOut, "%v\n", p)
		}
	default:
		fmt.Fprintln(errOut, "resnetgen: "+strings.TrimSpace(printable.Error(err)))
	}
	if n := outdated(0); errors.As(err, &n) {
		return exitOutdated
	}
	return exitWrong
}
