package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/recipe"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// load sets the network's variables from a checkpoint: a file, or a run's folder, whose best it
// takes. Where the checkpoint has moving averages of the variables it takes these, unless raw. It
// returns the labels that the checkpoint says.
func (a *app) load(net network.Network, path string, raw bool) (labels []string, err error) {
	f, file, err := runs.OpenWithLog(path, a.note)
	if err != nil {
		return nil, err
	}
	if err = a.assign(net, f); err == nil { // first: labels of another network say less of what is wrong
		labels, err = checkpoint.Labels(f, a.Info.Classes)
	}
	if err != nil {
		return nil, fmt.Errorf("checkpoint %s: %w", file, err)
	}
	if !raw {
		state.AssignAverages(net, f)
	}
	return labels, nil
}

// assign sets the network's variables from a checkpoint, whose network must compute the same of
// them.
func (a *app) assign(net network.Network, f *checkpoint.File) error {
	if err := state.Assign(net, f, nil); err != nil {
		return err
	}
	return checkpoint.FunctionOf(a.Info).Check(f)
}

func (a *app) initCommand() *cobra.Command {
	seed, out := uint64(0), ""
	c := &cobra.Command{
		Use: "init", Short: "write a checkpoint of freshly initialized variables", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := required(c, "out"); err != nil {
				return err
			}
			net, err := a.build()
			if err != nil {
				return err
			}
			defer net.Close()
			network.Initialize(net.Variables(), seed)
			metadata, err := state.Header(a.Info)
			if err != nil {
				return err
			}
			return state.Save(out, net, 0, metadata)
		},
	}
	c.Flags().Uint64Var(&seed, "seed", 1, "random seed of the initial values")
	c.Flags().StringVar(&out, "out", "", "the checkpoint's path")
	return c
}

// evalJSON is what eval --json prints.
type evalJSON struct {
	Accuracy  float64 `json:"accuracy"`
	Precision float64 `json:"precision"` // the former key of the accuracy
	XEnt      float64 `json:"xent"`
	Loss      float64 `json:"loss"`
	Images    int     `json:"images"`
}

// evalFlags say how an evaluation is done.
type evalFlags struct {
	views        recipe.Views
	raw          bool
	heldOut, all bool   // which images
	logits       string // the file that gets them; empty: none
}

func (f *evalFlags) add(c *cobra.Command) {
	c.Flags().BoolVar(&f.views.Flip, "flip", f.views.Flip, "average the logits of each image and its mirror image")
	c.Flags().IntVar(&f.views.Shift, "shift", f.views.Shift, "average over shifts of up to so many pixels in each direction, too")
	c.Flags().BoolVar(&f.raw, "raw", false, "take the variables themselves, even if the checkpoint has moving averages of them")
	c.Flags().BoolVar(&f.heldOut, "validation", false, "evaluate the validation part, which chose the run's best checkpoint, instead of the test part")
	c.Flags().BoolVar(&f.all, "all", false, "evaluate all images, including those that the run was trained on")
	c.Flags().StringVar(&f.logits, "logits", "", "write logits [n, classes] float32 and labels [n] int64 of all images, in the set's order, to this safetensors file")
}

func (a *app) evalCommand() *cobra.Command {
	path, asJSON := "", false
	as := &evalFlags{views: a.Recipe.Views}
	f := &watchFlags{}
	c := &cobra.Command{
		Use: "eval", Short: "evaluate a checkpoint on a data set, or a run's checkpoints as they appear", Args: cobra.NoArgs,
		Long: `eval evaluates a checkpoint on the test part of a data set. Which images of a folder it takes
depends on the run: of the folder that the run was trained on, the test part, or without one the
images held out; of any other folder, all images.

With --watch it follows a run, as the official model's evaluator does: it evaluates each new
checkpoint and prints its accuracy and the best so far. Both are also written to eval/eval.csv in
the run's folder, and for TensorBoard.`,
	}
	a.threadsFlag(c)
	d := a.dataFlags(c)
	c.Flags().StringVar(&path, "checkpoint", "", "a checkpoint, or a run's folder for its best one")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	as.add(c)
	f.add(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := errors.Join(f.check(c), checkShift("--shift", as.views.Shift)); err != nil {
			return err
		}
		if as.all && as.heldOut {
			return errors.New("--all: got it with --validation, want one of them")
		}
		if f.run == "" {
			if err := required(c, "checkpoint"); err != nil {
				return err
			}
		} else if as.heldOut {
			return errors.New("--validation: got it with --watch, want it with --checkpoint")
		} else if as.logits != "" {
			return errors.New("--logits: got it with --watch, want it with --checkpoint")
		}
		newJournal := a.newJournal
		if f.run != "" {
			newJournal = a.newLastingJournal
		}
		journal, err := newJournal(*f.log)
		if err != nil {
			return err
		}
		a.notePortable(journal.note)
		of, err := a.evalData(d, path, f, as, journal.note)
		if err != nil {
			return err
		}
		net, err := a.build()
		if err != nil {
			return err
		}
		defer net.Close()
		if f.run != "" {
			return a.watch(c.Context(), net, of, journal, f, as)
		}
		m, err := a.evaluate(c.Context(), net, of, path, as)
		if err != nil {
			return err
		}
		if asJSON {
			return a.json(evalJSON{m.Accuracy(), m.Accuracy(), m.CrossEntropy, m.Loss, m.Images})
		}
		return a.printf("%saccuracy %.2f %% of %d images, cross entropy %.4f, loss %.4f\n", of.prefix(), 100*m.Accuracy(), m.Images, m.CrossEntropy, m.Loss)
	}
	return c
}
