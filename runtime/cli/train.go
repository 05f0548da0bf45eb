package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/runtime/train"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// trainFlags are what train takes, besides the data.
type trainFlags struct {
	epochs, steps int
	saveEvery     int
	validation    int
	keep          keepFlags
	seed          uint64
	out           string
	resume        bool
	init          string
	recipe        recipeFlags
	rate          rateFlags
	log           *string
}

func (a *app) trainCommand() *cobra.Command {
	f := &trainFlags{}
	c := &cobra.Command{
		Use: "train", Short: "train the network", Args: cobra.NoArgs,
		Long: `train trains the network and writes a folder: checkpoints/step-N.safetensors after each epoch (the best and the last
three stay); train.csv, eval.csv and speed.csv; curves and confusion, as .svg and .png; spec.yaml, flags.json, machine.json and
log.jsonl.

SIGINT, SIGTERM and SIGHUP stop the training: it finishes its step, writes a checkpoint and exits 3. An evaluation is left, and done
when the run is resumed. A second SIGINT or SIGTERM ends the program at once; under nohup SIGHUP does nothing. --resume
continues the run, with the results of one that was never stopped, from the newest whole checkpoint. Damaged checkpoints are
moved to checkpoints/damaged.

A checkpoint that cannot be written, to a full disk say, does not end the training: it goes on and tries again. At its end it tries
for the time of --retry-for, and then exits 1. Everything else that cannot be written, such as a picture, a log or the standard
output, is one warning.

Exit codes: 0 the training is done, 1 it failed, 2 wrong input, 3 it was stopped before its end.`,
	}
	a.threadsFlag(c)
	d := a.dataFlags(c)
	flags := c.Flags()
	flags.IntVar(&f.epochs, "epochs", 0, "passes over the training set in all, also with --resume")
	flags.IntVar(&f.steps, "steps", 0, "steps in all, instead of --epochs")
	flags.IntVar(&f.saveEvery, "save-every", 0, "steps from one checkpoint to the next, besides those after each epoch; 0: none")
	flags.IntVar(&f.validation, "validation", 0, "training images to hold out, chosen by the seed, of each class its share: these choose the best checkpoint, and the test part is evaluated at the end alone; 0: of a folder of images without a validation part a tenth, of other data none")
	f.keep.add(c)
	flags.Uint64Var(&f.seed, "seed", 1, "what the first values, the order and the augmentation depend on")
	flags.StringVar(&f.out, "out", "", "the run's folder (default runs/NETWORK-SEED)")
	flags.BoolVar(&f.resume, "resume", false, "go on with the run in --out")
	flags.StringVar(&f.init, "init", "", "a checkpoint, or a run's folder, to start from; a last layer for other classes is made new")
	f.recipe.add(c, &a.Recipe)
	f.rate.add(c)
	f.log = logFlag(c)
	for _, p := range a.Parts {
		p.Flags(flags)
	}
	if a.Ranks != nil {
		a.Ranks.Flags(flags)
	}
	c.RunE = func(c *cobra.Command, _ []string) error { return a.train(c, d, f) }
	return c
}

func (a *app) train(c *cobra.Command, d *dataFlags, f *trainFlags) error {
	if err := f.check(c); err != nil {
		return err
	}
	recipe := f.recipe.override(a.Recipe)
	if err := f.rate.override(&recipe.Schedule, c.Flags().Changed); err != nil {
		return err
	}
	if err := a.join(); err != nil {
		return err
	}
	a.ranks.scale(&recipe.Schedule)
	journal, err := a.newLastingJournal(*f.log)
	if err != nil {
		return err
	}
	a.notePortable(journal.note)
	if f.out == "" {
		f.out = fmt.Sprintf("runs/%s-%d", a.Info.Name, f.seed)
	}
	var resumed runs.Folder
	if f.resume {
		resumed = runs.Folder(f.out)
	}
	parts, splitSeed, err := a.trainingData(d, resumed, c.Flags().Changed("split-seed"), journal.note)
	if err != nil {
		return err
	}
	net, err := a.build()
	if err != nil {
		return err
	}
	defer net.Close()
	ctx, stop := untilSignal(c.Context()) // after a step, or a batch of an evaluation
	defer stop()
	progress := a.newProgress(journal, "test")
	observers, log, err := a.watchers(c, journal, net, progress)
	if err != nil {
		return err
	}
	result, err := train.Run(ctx, train.Options{
		Info: a.Info, Net: net, Recipe: recipe, Epochs: f.epochs, Steps: f.steps, SaveEvery: f.saveEvery,
		Train: parts.Train, Test: parts.Test, ValidationPart: parts.Validation, Validation: f.validation, SplitSeed: splitSeed,
		Keep: f.keep.checkpoints, Patience: f.keep.patience,
		Seed: f.seed, Out: runs.Folder(f.out), Resume: f.resume, Force: f.keep.force, Init: f.init, Log: log, Ranks: a.ranks.Group,
		Progress: progress, Observers: observers,
	})
	return a.ended(journal, result, err)
}

func (f *trainFlags) check(c *cobra.Command) error {
	changed := c.Flags().Changed
	switch {
	case !changed("epochs") && !changed("steps"):
		return fmt.Errorf("--epochs: got nothing, want how many passes over the training set")
	case changed("epochs") && (f.epochs < 1 || f.epochs > 1_000_000):
		return fmt.Errorf("--epochs: got %d, want 1 to 1000000", f.epochs)
	case changed("steps") && (f.steps < 1 || f.steps > 1_000_000_000):
		return fmt.Errorf("--steps: got %d, want 1 to 1000000000", f.steps)
	case f.validation < 0 || changed("validation") && f.validation == 0:
		return fmt.Errorf("--validation: got %d, want 1 or more", f.validation)
	case f.saveEvery < 0:
		return fmt.Errorf("--save-every: got %d, want 0 or more", f.saveEvery)
	case f.resume && f.out == "":
		return fmt.Errorf("--resume: got no --out, want the run's folder")
	}
	if err := f.recipe.check(); err != nil {
		return err
	}
	return f.keep.check(changed, f.resume)
}
