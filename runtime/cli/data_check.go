package cli

import (
	"fmt"
	"maps"
	"strings"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/internal/printable"
	"github.com/resnetgen/resnetgen/runtime/dataset"
)

// checkJSON is what data check --json prints.
type checkJSON struct {
	Data           string               `json:"data"`
	Train          dataset.SetReport    `json:"train"`
	Test           dataset.SetReport    `json:"test"`
	Validation     dataset.SetReport    `json:"validation"`
	HeldOut        int                  `json:"held_out"` // of the training images, by default
	Bad            []dataset.BadFile    `json:"bad"`
	Duplicates     []dataset.Duplicate  `json:"duplicates"`
	Empty          []string             `json:"empty"`           // classes without a training image
	Untested       []string             `json:"untested"`        // classes without a test image
	SkippedFiles   map[string]int       `json:"skipped_files"`   // files that are not images, by extension
	Unlabelled     []dataset.Unlabelled `json:"unlabelled"`      // folders with images without a class's
	SkippedFolders []string             `json:"skipped_folders"` // folders outside the parts
	Links          []string             `json:"links"`           // links not followed, and why

	PassedOver map[string]int `json:"passed_over"` // SkippedFiles, by its former key
	LeftOut    []string       `json:"left_out"`    // SkippedFolders, by its former key
}

func (a *app) checkCommand() *cobra.Command {
	d, asJSON := &dataFlags{}, false
	c := &cobra.Command{
		Use: "check DATA", Short: "report a data set's classes, counts, bad files and duplicates", Args: cobra.ExactArgs(1),
		Long: `check reads a data set as train would: ` + dataUsage + `.
It refuses what train refuses, with exit code 2. It exits 1 if files cannot be read, if test images
are also training images, or if a class's folder has no training image. Files whose names are not
those of images are counted.`,
	}
	d.addSplit(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.RunE = func(_ *cobra.Command, args []string) error {
		r, err := dataset.Check(args[0], a.trainingOptions(d, a.note))
		if err != nil {
			return err
		}
		if asJSON {
			err = a.json(newCheckJSON(args[0], r))
		} else {
			err = a.printReport(args[0], r)
		}
		if err == nil && len(r.Bad)+len(r.Duplicates)+len(r.Empty) > 0 {
			err = failure{fmt.Errorf("data: %s: got %d bad files, %d duplicates and %d empty classes, want none", args[0], len(r.Bad), len(r.Duplicates), len(r.Empty))}
		}
		return err
	}
	return c
}

// newCheckJSON makes lists of what there is none of.
func newCheckJSON(data string, r *dataset.Report) checkJSON {
	all := checkJSON{
		Data: data, Train: r.Train, Validation: r.Validation, Test: r.Test, HeldOut: r.HeldOut,
		Bad: list(r.Bad), Duplicates: list(r.Duplicates), Empty: list(r.Empty), Untested: list(r.Untested),
		SkippedFiles: map[string]int{}, Unlabelled: list(r.Unlabelled), SkippedFolders: list(r.SkippedFolders), Links: list(r.Links),
	}
	for _, part := range []*dataset.SetReport{&all.Train, &all.Validation, &all.Test} {
		part.Classes = list(part.Classes)
	}
	maps.Copy(all.SkippedFiles, r.SkippedFiles)
	all.PassedOver, all.LeftOut = all.SkippedFiles, all.SkippedFolders
	return all
}

// list returns a list that is not nil.
func list[T any](items []T) []T { return append([]T{}, items...) }

// maxListed is how many duplicates are listed.
const maxListed = 20

func (a *app) printReport(data string, r *dataset.Report) error {
	var text strings.Builder
	printCounts(&text, data, r)
	for _, line := range r.Lines() {
		printable.Fprintf(&text, "%s\n", line)
	}
	for _, b := range r.Bad {
		printable.Fprintf(&text, "bad: %s\n", b.Reason)
	}
	for _, pair := range r.Duplicates[:min(len(r.Duplicates), maxListed)] {
		printable.Fprintf(&text, "duplicate: %s is %s\n", pair.Test, pair.Train)
	}
	if more := len(r.Duplicates) - maxListed; more > 0 {
		printable.Fprintf(&text, "and %d duplicates more\n", more)
	}
	return a.print(text.String())
}

// printCounts prints how many images each class has in each part.
func printCounts(text *strings.Builder, data string, r *dataset.Report) {
	switch {
	case r.Train.Classes == nil: // a file is bad
		return
	case r.Validation.Classes == nil:
		printable.Fprintf(text, "%s: %d training and %d test images of %d classes\n", data, r.Train.Images, r.Test.Images, len(r.Train.Classes))
		printable.Fprintf(text, "%8s  %8s  class\n", "training", "test")
		for i, c := range r.Train.Classes {
			printable.Fprintf(text, "%8d  %8d  %s\n", c.Images, r.Test.Classes[i].Images, c.Class)
		}
	default:
		printable.Fprintf(text, "%s: %d training, %d validation and %d test images of %d classes\n",
			data, r.Train.Images, r.Validation.Images, r.Test.Images, len(r.Train.Classes))
		printable.Fprintf(text, "%8s  %10s  %8s  class\n", "training", "validation", "test")
		for i, c := range r.Train.Classes {
			printable.Fprintf(text, "%8d  %10d  %8d  %s\n", c.Images, r.Validation.Classes[i].Images, r.Test.Classes[i].Images, c.Class)
		}
	}
	if r.HeldOut > 0 {
		printable.Fprintf(text, "train holds out %d of the training images to choose the best checkpoint (or --validation N)\n", r.HeldOut)
	}
}
