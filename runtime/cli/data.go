package cli

import (
	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/preprocess"
)

// dataFlags say where images come from.
type dataFlags struct {
	data      string
	download  bool
	splitSeed uint64
}

// dataUsage says what --data and data check take.
const dataUsage = "fashion-mini, fashion-mnist, cifar10, cifar100, or a folder with CIFAR binaries, IDX files, or images in a subfolder for each class"

func (a *app) dataFlags(c *cobra.Command) *dataFlags {
	d := &dataFlags{}
	c.Flags().StringVar(&d.data, "data", a.Recipe.Data, dataUsage)
	c.Flags().BoolVar(&d.download, "download", false, "download missing data from its publisher")
	d.addSplit(c)
	return d
}

func (d *dataFlags) addSplit(c *cobra.Command) {
	c.Flags().Uint64Var(&d.splitSeed, "split-seed", dataset.DefaultSplitSeed, "for a folder of images without a test part: random seed that chooses one image in ten for testing")
}

// dataOptions are those of data that is read, to be trained on or not.
func (a *app) dataOptions(d *dataFlags, log func(format string, args ...any)) dataset.Options {
	return dataset.Options{
		Download: d.download, Log: log, Labels: a.Recipe.Labels, SplitSeed: d.splitSeed,
		Input: a.Info.Input, Preprocess: preprocess.Options(a.Info.Preprocess),
	}
}

// trainingOptions are those of data that the network is to be trained on.
func (a *app) trainingOptions(d *dataFlags, log func(format string, args ...any)) dataset.Options {
	o := a.dataOptions(d, log)
	o.Classes = a.Info.Classes
	return o
}

// loadData reads data by its options.
func (a *app) loadData(d *dataFlags, o dataset.Options) (*dataset.Parts, error) {
	parts, err := dataset.Load(d.data, o)
	if err != nil {
		return nil, err
	}
	if d.splitSeed == 0 { // which options take for none
		parts = parts.Split(0)
	}
	parts.Standardize(preprocess.NewStandardizer(a.Info.Mean, a.Info.Std))
	return parts, nil
}

func (a *app) dataCommand() *cobra.Command {
	c := &cobra.Command{Use: "data", Short: "fetch and check data sets", Args: cobra.NoArgs}
	c.AddCommand(a.fetchCommand(), a.checkCommand())
	return c
}

func (a *app) fetchCommand() *cobra.Command {
	return &cobra.Command{
		Use: "fetch NAME", Short: "download a published data set into the cache", Args: cobra.ExactArgs(1),
		Long: `fetch downloads fashion-mnist, cifar10 or cifar100 from its publisher into the user's cache folder,
and checks its sha256. An interrupted download is resumed, also by the next call.`,
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
