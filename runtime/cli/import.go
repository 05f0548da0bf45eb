package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/checkpoint/store"
	"github.com/resnetgen/resnetgen/runtime/classify"
	"github.com/resnetgen/resnetgen/runtime/interchange"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// importFlags are what import takes.
type importFlags struct {
	format, out, run string
	scope            string
	partial, force   bool
	seed             uint64
	json             bool
	scoped           bool // --scope was given
}

// importJSON is what import --json prints.
type importJSON struct {
	Source string `json:"source"`
	Format string `json:"format"`
	*interchange.Result
	Wrong      []checkpoint.Mismatch   `json:"wrong"`     // Mismatched, by its former key
	LeftOver   []checkpoint.TensorInfo `json:"left_over"` // Unexpected, by its former key
	New        []string                `json:"new"`       // initialized variables
	Step       int                     `json:"step"`      // 0 if the source has none
	Checkpoint string                  `json:"checkpoint,omitempty"`
}

func (a *app) importCommand() *cobra.Command {
	f := &importFlags{}
	c := &cobra.Command{
		Use: "import SOURCE", Short: "convert another program's file to a checkpoint", Args: cobra.ExactArgs(1),
		Long: `import matches the tensors of SOURCE with the network's variables and writes a checkpoint for eval,
predict and train --init or, with --run, a run's folder for train --resume. SOURCE is a file of one
of these formats: ` + strings.Join(formatNames(imported), ", ") + `.
For a TensorFlow V2 checkpoint give the prefix, the .index, or the folder, whose newest is taken.

Names and layouts are those of info --json: the official model's or torchvision's, by the spec. The
official model's may begin with a scope (resnet/init/init_conv/DW), which is detected unless --scope
gives it. Optimizer slots (VARIABLE/Momentum), moving averages (VARIABLE/ExponentialMovingAverage,
which eval then uses) and global_step are imported too if SOURCE has them; without them a training
starts at 0. The official model's .../moving_mean/biased and .../local_step, and torchvision's
...num_batches_tracked, are skipped.

import prints which variables match, which are missing, and which tensors are unexpected. Missing
variables and tensors of a deeper network's units are errors, exit code 1. Exit code 2 means: a
variable of another shape, NaN, Inf or negative variances, or a source whose metadata say that its
network computes another function of these variables. --partial initializes missing variables by
--seed, and a last layer for another number of classes, and skips units of a deeper network.`,
	}
	flags := c.Flags()
	flags.StringVar(&f.format, "format", "", strings.Join(formatNames(imported), ", ")+" (default: detected)")
	flags.StringVar(&f.out, "out", "", "the checkpoint's `path`")
	flags.StringVar(&f.run, "run", "", "instead of --out: the `folder` of a new run, which train --resume continues from the checkpoint's step")
	flags.StringVar(&f.scope, "scope", "", "prefix of the variables' names in SOURCE; \"\": none (default: detected)")
	flags.BoolVar(&f.partial, "partial", false, "initialize missing variables, and a last layer for another number of classes")
	flags.Uint64Var(&f.seed, "seed", 1, "with --partial: random seed of the new values")
	flags.BoolVar(&f.force, "force", false, "replace an existing file")
	flags.BoolVar(&f.json, "json", false, "print JSON")
	c.RunE = func(c *cobra.Command, args []string) error {
		f.scoped = c.Flags().Changed("scope")
		switch {
		case f.out == "" && f.run == "":
			return errors.New("--out: got neither this nor --run, want one of them: where to write the checkpoint")
		case f.out != "" && f.run != "":
			return errors.New("--out: got it with --run, want one of them")
		}
		return a.importFrom(args[0], f)
	}
	return c
}

func (a *app) importFrom(path string, f *importFlags) error {
	source, err := a.readSource(path, f.format)
	if err != nil {
		return err
	}
	var scope *string
	if f.scoped {
		scope = &f.scope
	}
	r, err := interchange.Match(a.Info, source, scope)
	if err != nil {
		return fmt.Errorf("%s: %w", source.Path, err)
	}
	said := &importJSON{Source: source.Path, Format: source.Format, Result: r, Wrong: r.Mismatched, LeftOver: r.Unexpected}
	wrong := r.Check(f.partial)
	if wrong == nil {
		function := checkpoint.FunctionOf(a.Info)
		if len(r.Unmatched(a.Info)) > 0 {
			function.Architecture = "" // what is made new has part in it
		}
		wrong = function.Check(source.File)
	}
	if wrong == nil {
		if wrong = a.writeImported(source, r, f, said); wrong != nil {
			return wrong
		}
	} else {
		wrong = fmt.Errorf("%s: %w", source.Path, wrong)
	}
	if err := a.reportImport(said, f); err != nil {
		return err
	}
	if errors.Is(wrong, interchange.ErrMissing) || errors.Is(wrong, interchange.ErrDeeper) {
		return failure{wrong}
	}
	return wrong
}

// readSource reads a file of a format, or of that which it looks like.
func (a *app) readSource(path, name string) (*interchange.Source, error) {
	from, err := formatOf(path)
	if name != "" {
		from, err = findFormat(name, imported)
	}
	if err != nil {
		return nil, err
	}
	source, err := from.read(path, a.Info)
	if err != nil {
		return nil, err
	}
	source.Format = from.name
	return source, nil
}

// writeImported writes the checkpoint.
func (a *app) writeImported(source *interchange.Source, r *interchange.Result, f *importFlags, said *importJSON) error {
	metadata, err := state.ImportedHeader(a.Info, source.Path)
	if err != nil {
		return err
	}
	if err := checkpoint.WriteLabels(metadata, a.importedLabels(source, r)); err != nil {
		return err
	}
	out := &checkpoint.File{Metadata: metadata, Tensors: r.WithInitialized(a.Info, source, f.seed)}
	step, err := state.Step(out)
	if err == nil {
		err = checkValues(out.Tensors)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", source.Path, err)
	}
	if out.Find(state.StepName) == nil {
		out.Tensors = append(out.Tensors, checkpoint.Tensor{Name: state.StepName, Shape: []int{}, Int64: []int64{0}})
	}
	to := f.out
	if f.run != "" {
		if to, err = newRun(runs.Folder(f.run), step); err != nil {
			return err
		}
	}
	if err := checkOverwrite(&format{taken: onePath}, to, f.force); err != nil {
		return err
	}
	if err := store.Write(to, out); err != nil {
		return err
	}
	said.Step, said.Checkpoint, said.New = step, to, []string{}
	for _, v := range r.Unmatched(a.Info) {
		said.New = append(said.New, v.Name)
	}
	slices.Sort(said.New)
	return nil
}

// importedLabels returns the labels that a source says. A last layer that is made new is for other
// classes; and another program may say something else under this name, of which the user is told.
func (a *app) importedLabels(source *interchange.Source, r *interchange.Result) []string {
	if slices.ContainsFunc(r.Unmatched(a.Info), func(v network.VariableInfo) bool { return a.Info.IsLastLayer(v.Name) }) {
		return nil
	}
	labels, err := checkpoint.Labels(source.File, a.Info.Classes)
	if err != nil {
		a.note("%s: skipped: %v", source.Path, err)
	}
	names := classify.Names(nil, len(labels)) // which an ONNX model has for classes without one
	for k := len(labels); k > 0 && labels[k-1] == names[k-1]; k-- {
		labels = labels[:k-1]
	}
	return labels
}

// newRun returns the path of a step's checkpoint in a folder that holds no run.
func newRun(folder runs.Folder, step int) (string, error) {
	if folder.HoldsRun() {
		return "", fmt.Errorf("--run: got folder %s, which holds a run, want a new one", folder)
	}
	steps, err := folder.Steps()
	if err == nil && len(steps) > 0 && !slices.Equal(steps, []int{step}) {
		err = fmt.Errorf("--run: got folder %s, which holds checkpoints, want a new one", folder)
	}
	return folder.Checkpoint(step), err
}
