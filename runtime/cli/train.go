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
		Long: `train trains the network and writes a run's folder:

- checkpoints/step-N.safetensors after each epoch: the best and the last three stay
- train.csv, eval.csv and speed.csv
- curves and confusion, as .svg and .png; those for dark pages end in -dark
- spec.yaml, flags.json, machine.json and log.jsonl

SIGINT, SIGTERM and SIGHUP stop the training: it finishes the step, writes a checkpoint and exits 3.
They interrupt an evaluation, which --resume repeats. A second SIGINT or SIGTERM ends the program at
once. Under nohup SIGHUP does nothing. --resume continues from the newest undamaged checkpoint. The
result is bit for bit what an uninterrupted run gives. Damaged checkpoints move to
checkpoints/damaged.

If a checkpoint cannot be written, because the disk is full for example, the training continues and
tries again. At its end it retries for the time of --retry-for, then exits 1. Any other output that
cannot be written, such as a picture, a log or standard output, gives one warning.

Exit codes: 0 done, 1 failed, 2 wrong input, 3 stopped before the end.`,
	}
	a.threadsFlag(c)
	d := a.dataFlags(c)
	flags := c.Flags()
	flags.IntVar(&f.epochs, "epochs", 0, "number of epochs in total, also with --resume")
	flags.IntVar(&f.steps, "steps", 0, "number of steps in total, instead of --epochs")
	flags.IntVar(&f.saveEvery, "save-every", 0, "steps between checkpoints, besides those after each epoch; 0: no more than these")
	flags.IntVar(&f.validation, "validation", 0, "number of training images to hold out for validation, in equal shares of each class, chosen by the seed: they choose the best checkpoint, and the test part is evaluated only at the end; 0: a tenth for a folder of images without a validation part, else none")
	f.keep.add(c)
	flags.Uint64Var(&f.seed, "seed", 1, "random seed of initial values, order and augmentation")
	flags.StringVar(&f.out, "out", "", "the run's folder (default runs/NETWORK-SEED)")
	flags.BoolVar(&f.resume, "resume", false, "resume the run in --out")
	flags.StringVar(&f.init, "init", "", "fine-tune from a checkpoint, or from a run's folder; a last layer for other classes is initialized")
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
	return a.reportEnd(journal, result, err)
}

func (f *trainFlags) check(c *cobra.Command) error {
	changed := c.Flags().Changed
	switch {
	case !changed("epochs") && !changed("steps"):
		return fmt.Errorf("--epochs: got nothing, want the number of epochs")
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
