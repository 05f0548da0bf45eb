package cli

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/internal/printable"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// runJSON is a row of runs --json.
type runJSON struct {
	Name            string            `json:"name"`
	Steps           int               `json:"steps"`
	Epochs          int               `json:"epochs"`
	BestAccuracy    *float64          `json:"best_accuracy"`     // nil: before the first evaluation
	BestPrecision   *float64          `json:"best_precision"`    // the former key of the same
	TestAccuracy    *float64          `json:"test_accuracy"`     // of a run with a validation part, at its end; nil: not known
	TestPrecision   *float64          `json:"test_precision"`    // the former key of the same
	Loss            *float64          `json:"loss"`              // of the last training step that was recorded; nil: none was
	Set             string            `json:"set"`               // the part that best_accuracy is of: test or validation
	ImagesPerSecond *float64          `json:"images_per_second"` // nil: not known
	Settings        map[string]string `json:"settings"`          // those that are not the same in all runs
}

func (a *app) runsCommand() *cobra.Command {
	asJSON := false
	c := &cobra.Command{
		Use: "runs DIR", Short: "compare the runs in a folder", Args: cobra.ExactArgs(1),
		Long: `runs prints a line for each run in a folder:

- the number of epochs and steps done
- the best accuracy, on the test part or, where marked (validation), on the validation part
- the accuracy on the test part at the end of a run with a validation part
- the loss of the last recorded training step
- the median speed in images per second
- the settings that differ between the runs

Runs that cannot be read are reported after the others, and the exit code is 1.`,
		RunE: func(_ *cobra.Command, args []string) error {
			rows, unread, err := compareRuns(args[0])
			if err != nil {
				return err
			}
			show := a.printRuns
			if asJSON {
				show = func(rows []runJSON) error { return a.json(rows) }
			}
			if err := show(rows); err != nil || unread == nil {
				return err
			}
			return failure{unread}
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// compareRuns describes the runs that can be read; unread names the others.
func compareRuns(dir string) (rows []runJSON, unread, err error) {
	folders, err := runs.List(dir)
	if err != nil {
		return nil, nil, err
	}
	if len(folders) == 0 {
		return nil, nil, fmt.Errorf("runs: got no run in %s, want a folder of runs", dir)
	}
	for _, f := range folders {
		row, err := describeRun(f)
		if err != nil {
			unread = errors.Join(unread, err)
			continue
		}
		rows = append(rows, *row)
	}
	if len(rows) == 0 {
		return nil, nil, unread
	}
	keepDifferences(rows)
	return rows, unread, nil
}

func describeRun(f runs.Folder) (*runJSON, error) {
	curves, err := f.Curves()
	if err != nil {
		return nil, err
	}
	row := &runJSON{Name: filepath.Base(string(f))}
	if row.Settings, err = f.FlatSettings(); err != nil {
		return nil, err
	}
	row.Set = "test"
	if row.Settings["validation"] != "" {
		row.Set = "validation"
	}
	if curves.Final != nil {
		row.TestAccuracy = &curves.Final.Accuracy
		row.TestPrecision = row.TestAccuracy
	}
	if n := len(curves.Train.Steps); n > 0 {
		row.Steps, row.Loss = curves.Train.Steps[n-1], &curves.Train.Loss[n-1]
		speeds := slices.DeleteFunc(slices.Clone(curves.Train.ImagesPerSecond), func(x float64) bool { return x == 0 }) // is not known
		slices.Sort(speeds)
		if known := len(speeds); known > 0 {
			row.ImagesPerSecond = &speeds[known/2]
		}
	}
	if n := len(curves.Test.Steps); n > 0 {
		row.Epochs, row.BestAccuracy = curves.Test.Epochs[n-1], &curves.Test.Best[n-1]
		row.BestPrecision = row.BestAccuracy
		row.Steps = max(row.Steps, curves.Test.Steps[n-1])
	}
	return row, nil
}

// keepDifferences removes the settings that all runs share.
func keepDifferences(rows []runJSON) {
	shared := maps.Clone(rows[0].Settings)
	maps.DeleteFunc(shared, func(name, value string) bool {
		return slices.ContainsFunc(rows, func(r runJSON) bool { return r.Settings[name] != value })
	})
	for _, r := range rows {
		maps.DeleteFunc(r.Settings, func(name, _ string) bool { _, ok := shared[name]; return ok })
	}
}

func (a *app) printRuns(rows []runJSON) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "run\tepochs\tsteps\tbest accuracy\ttest accuracy\tlast loss\timages/s\tsettings") // Flush reports what went wrong
	for _, r := range rows {
		var settings []string
		for _, name := range slices.Sorted(maps.Keys(r.Settings)) {
			settings = append(settings, name+"="+r.Settings[name])
		}
		best, test, loss, speed := "–", "–", "–", "–"
		if r.BestAccuracy != nil {
			best = fmt.Sprintf("%.2f %%", 100**r.BestAccuracy)
			if r.Set != "test" {
				best += " (" + r.Set + ")"
			}
		}
		if r.TestAccuracy != nil {
			test = fmt.Sprintf("%.2f %%", 100**r.TestAccuracy)
		}
		if r.Loss != nil {
			loss = fmt.Sprintf("%.4f", *r.Loss)
		}
		if r.ImagesPerSecond != nil {
			speed = fmt.Sprintf("%.0f", *r.ImagesPerSecond)
		}
		printable.Fprintf(w, "%s\t%d\t%d\t%s\t%s\t%s\t%s\t%s\n", r.Name, r.Epochs, r.Steps, best, test, loss, speed, strings.Join(settings, " "))
	}
	if err := w.Flush(); err != nil {
		return failure{fmt.Errorf("write output: %w", err)}
	}
	return nil
}
