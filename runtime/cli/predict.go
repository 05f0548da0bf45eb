package cli

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/runtime/picture"
)

// guess is a class with its probability.
type guess struct {
	Class       string  `json:"class"`
	Index       int     `json:"index"`
	Probability float64 `json:"probability"`
}

// prediction is what predict --json prints of an image.
type prediction struct {
	Image   string  `json:"image"`
	Resized bool    `json:"resized"`
	Guesses []guess `json:"guesses"`
}

func (a *app) predictCommand() *cobra.Command {
	path, asJSON, top := "", false, 3
	c := &cobra.Command{
		Use: "predict IMAGE…", Short: "name the classes of images", Args: cobra.MinimumNArgs(1),
		Long: `predict names the most probable classes of JPEG, PNG, WebP, BMP or GIF images. Of an image of other proportions the
centre counts, one of another size is resized; a network of one channel sees its brightness. Networks for Fashion-MNIST expect a light thing on black.`,
	}
	a.threadsFlag(c)
	c.Flags().StringVar(&path, "checkpoint", "", "a checkpoint, or a run's folder: its best")
	c.Flags().BoolVar(&asJSON, "json", false, "for other programs")
	c.Flags().IntVar(&top, "top", 3, "how many classes an image")
	c.RunE = func(c *cobra.Command, images []string) error {
		if err := required(c, "checkpoint"); err != nil {
			return err
		}
		if top < 1 {
			return fmt.Errorf("--top: got %d, want 1 or more", top)
		}
		if channels := a.Info.Input[2]; channels != 1 && channels != 3 {
			return fmt.Errorf("predict: got a network of %d channels, want 1 or 3", channels)
		}
		predictions, err := a.predict(path, images, top)
		if err != nil {
			return err
		}
		if asJSON {
			return a.json(predictions)
		}
		return a.printPredictions(predictions)
	}
	return c
}

func (a *app) predict(path string, images []string, top int) ([]prediction, error) {
	net, err := a.build()
	if err != nil {
		return nil, err
	}
	defer net.Close()
	if err := load(net, path, false); err != nil {
		return nil, err
	}
	i := a.Info
	values := make([]float32, i.Input[0]*i.Input[1]*i.Input[2])
	var predictions []prediction
	for _, name := range images {
		p, err := picture.Read(name)
		if err != nil {
			return nil, err
		}
		bytes, resized := picture.Fit(p, i.Input)
		picture.Standardize(values, bytes)
		logits := net.Logits(values)
		for k, z := range logits {
			if math.IsNaN(float64(z)) || math.IsInf(float64(z), 0) {
				return nil, failure{fmt.Errorf("image %s: got %g for %s, want a number: the checkpoint's training has diverged", name, z, a.className(k))}
			}
		}
		predictions = append(predictions, prediction{name, resized, a.guesses(logits, top)})
	}
	return predictions, nil
}

// guesses returns the most probable classes.
func (a *app) guesses(logits []float32, top int) []guess {
	highest, sum := slices.Max(logits), 0.0
	all := make([]guess, len(logits))
	for i, z := range logits {
		p := math.Exp(float64(z) - float64(highest))
		sum += p
		all[i] = guess{a.className(i), i, p}
	}
	for i := range all {
		all[i].Probability /= sum
	}
	slices.SortStableFunc(all, func(x, y guess) int { return cmp.Compare(y.Probability, x.Probability) })
	return all[:min(top, len(all))]
}

func (a *app) className(i int) string {
	if i < len(a.Recipe.Labels) {
		return a.Recipe.Labels[i]
	}
	return fmt.Sprintf("class %d", i)
}

func (a *app) printPredictions(predictions []prediction) error {
	for _, p := range predictions {
		note := ""
		if p.Resized {
			note = fmt.Sprintf(" (resized to %d×%d)", a.Info.Input[1], a.Info.Input[0])
		}
		if err := a.printf("%s%s\n", p.Image, note); err != nil {
			return err
		}
		for _, g := range p.Guesses {
			if err := a.printf("  %5.1f %%  %s\n", 100*g.Probability, g.Class); err != nil {
				return err
			}
		}
	}
	return nil
}
