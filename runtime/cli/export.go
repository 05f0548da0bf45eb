package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/interchange"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// exportFlags are what export takes.
type exportFlags struct {
	checkpoint, format, out string
	momentum, raw, force    bool
	shards                  int
	json                    bool
	onnx                    onnxFlags
}

// exportJSON is what export --json prints.
type exportJSON struct {
	Checkpoint string   `json:"checkpoint"`
	Format     string   `json:"format"`
	Files      []string `json:"files"`
	Variables  int      `json:"variables"`
	Averages   bool     `json:"moving_averages"` // the values are moving averages of the variables
	Slots      int      `json:"slots"`
	Step       int      `json:"step"`
}

func (a *app) exportCommand() *cobra.Command {
	f := &exportFlags{}
	c := &cobra.Command{
		Use: "export", Short: "write a checkpoint's variables for other programs", Args: cobra.NoArgs,
		Long: `export writes the variables of a checkpoint, by the names that info --json lists, in one of these
formats:

` + describeFormats() + `
If the checkpoint has moving averages of the variables (--ema), export writes these, which eval uses
too; --raw takes the variables themselves. --with-momentum adds the optimizer's slots, to continue
the training elsewhere. The step is global_step. Existing files stay unless --force is given.

The safetensors file of a network with torchvision's names is a state_dict: it has the step as
num_batches_tracked, and global_step only --with-momentum. torchvision's model takes it by
load_state_dict(safetensors.torch.load_file(PATH)).`,
	}
	flags := c.Flags()
	flags.StringVar(&f.checkpoint, "checkpoint", "", "a checkpoint, or a run's folder for its best one")
	flags.StringVar(&f.format, "format", "", strings.Join(formatNames(exported), ", "))
	flags.StringVar(&f.out, "out", "", "the `path` to write; with --format tf the files' prefix")
	flags.BoolVar(&f.momentum, "with-momentum", false, "write the optimizer's slots too, such as VARIABLE/Momentum")
	flags.BoolVar(&f.raw, "raw", false, "take the variables themselves, even if the checkpoint has moving averages of them")
	flags.IntVar(&f.shards, "shards", 1, "number of data files, with --format tf")
	flags.BoolVar(&f.force, "force", false, "replace existing files")
	flags.BoolVar(&f.json, "json", false, "print JSON")
	f.onnx.add(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := required(c, "checkpoint", "format", "out"); err != nil {
			return err
		}
		to, err := findFormat(f.format, exported)
		if err == nil {
			err = checkFormatFlags(c, to)
		}
		if err != nil {
			return err
		}
		return a.export(to, f)
	}
	return c
}

// describeFormats lists the formats, for a help text.
func describeFormats() string {
	var b strings.Builder
	for _, f := range formats {
		if exported(&f) {
			fmt.Fprintf(&b, "  %-12s %s\n", f.name, f.does)
		}
	}
	return b.String()
}

// checkFormatFlags refuses flags that are another format's.
func checkFormatFlags(c *cobra.Command, to *format) error {
	for _, other := range formats {
		for _, name := range other.own {
			if c.Flags().Changed(name) && !slices.Contains(to.own, name) {
				return fmt.Errorf("--%s: got it with --format %s, want it with %s", name, to.name, other.name)
			}
		}
	}
	return nil
}

func (a *app) export(to *format, f *exportFlags) error {
	if f.momentum && to.bare {
		return fmt.Errorf("--with-momentum: got it with --format %s, which holds variables alone", to.name)
	}
	from, path, err := runs.OpenWithLog(f.checkpoint, a.note)
	if err != nil {
		return err
	}
	out, said, err := a.exportedFile(from, to, f)
	if err != nil {
		return fmt.Errorf("checkpoint %s: %w", path, err)
	}
	if err := checkOverwrite(to, f.out, f.force); err != nil {
		return err
	}
	if said.Files, err = to.write(&exportJob{f.out, a.Info, out, f}); err != nil {
		return err
	}
	said.Checkpoint, said.Format = path, to.name
	return a.reportExport(said, f)
}

// matchCheckpoint compares a checkpoint with the network, all of which it must have.
func (a *app) matchCheckpoint(from *checkpoint.File) (*interchange.Source, *interchange.Result, error) {
	none := ""
	source := &interchange.Source{File: from}
	r, err := interchange.Match(a.Info, source, &none)
	if err == nil {
		err = r.Check(false)
	}
	if err == nil {
		err = r.CheckUnexpected()
	}
	if err == nil {
		err = checkpoint.FunctionOf(a.Info).Check(from)
	}
	return source, r, err
}

// exportedFile selects what of a checkpoint is written, in the network's order.
func (a *app) exportedFile(from *checkpoint.File, to *format, f *exportFlags) (*checkpoint.File, *exportJSON, error) {
	source, r, err := a.matchCheckpoint(from)
	if err != nil {
		return nil, nil, err
	}
	metadata, err := state.Header(a.Info)
	if err != nil {
		return nil, nil, err
	}
	labels, err := a.labels(from)
	if err == nil {
		err = checkpoint.WriteLabels(metadata, labels)
	}
	if err != nil {
		return nil, nil, err
	}
	out := &checkpoint.File{Metadata: metadata}
	said := &exportJSON{Averages: !f.raw && interchange.Count(r.Matched, checkpoint.Average) > 0}
	if said.Averages && f.momentum {
		return nil, nil, errors.New("--with-momentum: got it for moving averages of variables, want --raw with it: the momentum belongs to the variables themselves")
	}
	if said.Step, err = state.Step(from); err != nil {
		return nil, nil, err
	}
	if out.Tensors, err = a.exportedTensors(source, r, to, f, said); err != nil {
		return nil, nil, err
	}
	if f.momentum && said.Slots == 0 {
		return nil, nil, errors.New("--with-momentum: got a checkpoint without any")
	}
	if to.nameless && !slices.EqualFunc(labels, a.Recipe.Labels, dataset.SameClass) {
		a.note("--format %s has no place for the names of the checkpoint's classes, which are not the spec's: %s", to.name, strings.Join(labels, ", "))
	}
	return out, said, nil
}

// exportedTensors selects what of a checkpoint's tensors is written, and counts it.
func (a *app) exportedTensors(source *interchange.Source, r *interchange.Result, to *format, f *exportFlags, said *exportJSON) (tensors []checkpoint.Tensor, err error) {
	stateDict := to.torch && !f.momentum && a.Info.Convention() == network.PyTorch
	var read []checkpoint.Tensor // the same, by the names in the checkpoint
	for i, t := range r.Tensors(source) {
		as := t.Name
		switch r.Matched[i].Kind {
		case checkpoint.Variable:
			said.Variables++
			if average := source.File.Find(t.Name + state.AverageSuffix); said.Averages && average != nil {
				t = *average
			}
		case checkpoint.Slot:
			if !f.momentum {
				continue
			}
			said.Slots++
		case checkpoint.Average:
			continue
		case checkpoint.Step:
			if to.bare || stateDict {
				continue
			}
		}
		read = append(read, t)
		t.Name = as
		tensors = append(tensors, t)
	}
	if stateDict {
		tensors = append(tensors, checkpoint.BatchCounters(a.Info, said.Step)...)
	}
	return tensors, checkValues(read)
}

// checkValues is [interchange.CheckValues], for a command's exit code: 1 where a training has
// diverged.
func checkValues(tensors []checkpoint.Tensor) error {
	err := interchange.CheckValues(tensors)
	if errors.Is(err, checkpoint.ErrDiverged) {
		return failure{err}
	}
	return err
}

// checkOverwrite refuses to overwrite a file without --force.
func checkOverwrite(to *format, path string, force bool) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("--out: got folder %s, want a path in it, such as %s", path, filepath.Join(path, "model"))
	}
	taken, err := to.taken(path)
	if err != nil || len(taken) == 0 || force {
		return err
	}
	return fmt.Errorf("--out: got %s, where there is %s already; --force replaces it", path, strings.Join(taken, ", "))
}

func (a *app) reportExport(said *exportJSON, f *exportFlags) error {
	if f.json {
		return a.json(said)
	}
	what := ""
	if said.Averages {
		what = " (moving averages, as eval uses them)"
	}
	if said.Slots > 0 {
		what += fmt.Sprintf(" and %d slots of the optimizer", said.Slots)
	}
	if err := a.printf("wrote %d variables%s of step %d of %s\n", said.Variables, what, said.Step, said.Checkpoint); err != nil {
		return err
	}
	for _, path := range said.Files {
		if err := a.printf("  %s\n", path); err != nil {
			return err
		}
	}
	return nil
}
