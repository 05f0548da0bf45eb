package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"text/tabwriter"
)

var errDiffer = errors.New("got sums that differ, want the same bits")

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: samebits OLD NEW")
		os.Exit(2)
	}
	if err := compare(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "samebits:", err)
		os.Exit(1)
	}
}

// compare prints the sums of both checkouts.
func compare(older, newer string) error {
	texts, err := specs(older)
	if err != nil {
		return err
	}
	var all [2]map[string]sums
	for i, root := range []string{older, newer} {
		if all[i], err = compute(root, texts); err != nil {
			return fmt.Errorf("%s: %w", root, err)
		}
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	same := true
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		for _, what := range outputs {
			was, is := all[0][name][what], all[1][name][what]
			verdict := "same"
			if was != is {
				verdict, same = "differs: "+is, false
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", name, what, was, verdict)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if !same {
		return errDiffer
	}
	return nil
}
