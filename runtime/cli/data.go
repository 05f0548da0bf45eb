package cli

import (
	"fmt"
	"maps"
	"strings"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/internal/printable"
	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/picture"
)

// dataFlags say where images come from.
type dataFlags struct {
	data      string
	download  bool
	splitSeed uint64
}

// dataUsage says what --data and data check take.
const dataUsage = "fashion-mini, fashion-mnist, cifar10, cifar100, or a folder with CIFAR binaries, IDX files, or pictures in a subfolder for each class"

func (a *app) dataFlags(c *cobra.Command) *dataFlags {
	d := &dataFlags{}
	c.Flags().StringVar(&d.data, "data", a.Recipe.Data, dataUsage)
	c.Flags().BoolVar(&d.download, "download", false, "fetch the data from its publisher if it is not found here")
	d.addSplit(c)
	return d
}

func (d *dataFlags) addSplit(c *cobra.Command) {
	c.Flags().Uint64Var(&d.splitSeed, "split-seed", 1, "of a folder of pictures without one for testing: what chooses one in ten for that")
}

func (a *app) dataOptions(d *dataFlags, log func(format string, args ...any)) dataset.Options {
	return dataset.Options{Download: d.download, Log: log, Input: a.Info.Input, Labels: a.Recipe.Labels, SplitSeed: d.splitSeed}
}

// open reads the data and checks that it fits the network. It tells log what a user may not expect.
func (a *app) open(d *dataFlags, log func(format string, args ...any)) (trainSet, testSet *dataset.Set, err error) {
	trainSet, testSet, err = dataset.Open(d.data, a.dataOptions(d, log))
	if err != nil {
		return nil, nil, err
	}
	i := a.Info
	if got := [3]int{trainSet.Height, trainSet.Width, trainSet.Channels}; got != i.Input {
		return nil, nil, fmt.Errorf("data: %s: got images of %s, want %s", d.data, size(got), size(i.Input))
	}
	if trainSet.Classes > i.Classes {
		return nil, nil, fmt.Errorf("data: %s: got labels of %d classes, want at most %d", d.data, trainSet.Classes, i.Classes)
	}
	trainSet.Standardizer = picture.NewStandardizer(i.Mean, i.Std)
	testSet.Standardizer = trainSet.Standardizer
	return trainSet, testSet, nil
}

func (a *app) dataCommand() *cobra.Command {
	c := &cobra.Command{Use: "data", Short: "fetch and check data sets", Args: cobra.NoArgs}
	c.AddCommand(a.fetchCommand(), a.checkCommand())
	return c
}

func (a *app) fetchCommand() *cobra.Command {
	return &cobra.Command{
		Use: "fetch NAME", Short: "download a published data set into the cache", Args: cobra.ExactArgs(1),
		Long: `fetch downloads fashion-mnist, cifar10 or cifar100 from its publisher into the user's cache folder, and checks its
sha256. A transfer that breaks off is gone on with, also by the next call.`,
		RunE: func(c *cobra.Command, args []string) error {
			if args[0] == "fashion-mini" {
				return a.printf("fashion-mini comes with the program\n")
			}
			folder, err := dataset.Fetch(c.Context(), args[0], dataset.Options{Log: a.note})
			if err != nil {
				return err
			}
			return a.printf("%s is in %s\n", args[0], folder)
		},
	}
}

// checkJSON is what data check --json prints.
type checkJSON struct {
	Data       string              `json:"data"`
	Train      dataset.SetReport   `json:"train"`
	Test       dataset.SetReport   `json:"test"`
	Bad        []dataset.BadFile   `json:"bad"`
	Duplicates []dataset.Duplicate `json:"duplicates"`
	Empty      []string            `json:"empty"`       // classes that have no picture to train on
	Untested   []string            `json:"untested"`    // classes that have no picture to test with
	PassedOver map[string]int      `json:"passed_over"` // files of an ending
}

func (a *app) checkCommand() *cobra.Command {
	d, asJSON := &dataFlags{}, false
	c := &cobra.Command{
		Use: "check DATA", Short: "report a data set's classes, counts, bad files and duplicates", Args: cobra.ExactArgs(1),
		Long: `check reads a data set as train would: ` + dataUsage + `. It exits 1 if files cannot be read, if test
images are training images too, or if a class's folder has no picture to train on; files that are no pictures by their names are counted.`,
	}
	d.addSplit(c)
	c.Flags().BoolVar(&asJSON, "json", false, "for other programs")
	c.RunE = func(_ *cobra.Command, args []string) error {
		r, err := dataset.Check(args[0], a.dataOptions(d, a.note))
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
		data, r.Train, r.Test, append([]dataset.BadFile{}, r.Bad...), append([]dataset.Duplicate{}, r.Duplicates...), append([]string{}, r.Empty...), append([]string{}, r.Untested...), map[string]int{},
	}
	all.Train.Classes, all.Test.Classes = append([]dataset.ClassCount{}, r.Train.Classes...), append([]dataset.ClassCount{}, r.Test.Classes...)
	maps.Copy(all.PassedOver, r.PassedOver)
	return all
}

// mostListed is how many duplicates are listed.
const mostListed = 20

func (a *app) printReport(data string, r *dataset.Report) error {
	var text strings.Builder
	if r.Train.Classes != nil {
		printable.Fprintf(&text, "%s: %d training and %d test images of %d classes\n", data, r.Train.Images, r.Test.Images, len(r.Train.Classes))
		printable.Fprintf(&text, "%8s  %8s  class\n", "training", "test")
	}
	for i, c := range r.Train.Classes {
		printable.Fprintf(&text, "%8d  %8d  %s\n", c.Images, r.Test.Classes[i].Images, c.Class)
	}
	for _, line := range r.Lines() {
		printable.Fprintf(&text, "%s\n", line)
	}
	for _, b := range r.Bad {
		printable.Fprintf(&text, "bad: %s\n", b.Reason)
	}
	for _, pair := range r.Duplicates[:min(len(r.Duplicates), mostListed)] {
		printable.Fprintf(&text, "duplicate: %s is %s\n", pair.Test, pair.Train)
	}
	if more := len(r.Duplicates) - mostListed; more > 0 {
		printable.Fprintf(&text, "and %d duplicates more\n", more)
	}
	return a.print(text.String())
}
