package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"runtime"
	"slices"
	"sync"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/runtime/classify"
	"github.com/resnetgen/resnetgen/runtime/preprocess"
)

// predictFlags are what predict takes.
type predictFlags struct {
	checkpoint, format string
	json               bool
	top                int
}

// prediction is what predict says of an image.
type prediction struct {
	Image   string                `json:"image"`
	Resized bool                  `json:"resized"`
	Guesses []classify.Prediction `json:"guesses"`
	Error   string                `json:"error,omitempty"` // why there are no guesses
}

func (a *app) predictCommand() *cobra.Command {
	f := &predictFlags{}
	c := &cobra.Command{
		Use: "predict IMAGE…", Short: "classify images", Args: cobra.MinimumNArgs(1),
		Long: `predict prints the most probable classes of JPEG, PNG, WebP, BMP or GIF images. IMAGE is an image
file, a folder, whose image files and subfolders are taken by name, or - for standard input.

Images are cropped around the centre to the network's proportions and resized, or as the spec's key
preprocess says. A network of one channel takes the brightness. Networks for Fashion-MNIST expect a
light object on black.

Images that cannot be read are reported, the others are classified, and the exit code is 1.`,
	}
	a.threadsFlag(c)
	c.Flags().StringVar(&f.checkpoint, "checkpoint", "", "a checkpoint, or a run's folder for its best one")
	c.Flags().StringVar(&f.format, "format", "text", "text, csv or json")
	c.Flags().BoolVar(&f.json, "json", false, "print JSON: --format json")
	c.Flags().IntVar(&f.top, "top", 3, "number of classes to print for each image")
	c.RunE = func(c *cobra.Command, arguments []string) error {
		if err := a.checkPredict(c, arguments, f); err != nil {
			return err
		}
		model, err := a.loadModel(f.checkpoint)
		if err != nil {
			return err
		}
		defer model.Close()
		return a.predict(c.InOrStdin(), model, arguments, f)
	}
	return c
}

func (a *app) checkPredict(c *cobra.Command, arguments []string, f *predictFlags) error {
	if i := slices.Index(arguments, standardInput); i >= 0 && slices.Contains(arguments[i+1:], standardInput) {
		return errors.New("predict: got - twice, want one image on standard input")
	}
	if f.json {
		if c.Flags().Changed("format") && f.format != "json" {
			return fmt.Errorf("--json: got it with --format %s, want one of them", f.format)
		}
		f.format = "json"
	}
	if err := required(c, "checkpoint"); err != nil {
		return err
	}
	if f.top < 1 {
		return fmt.Errorf("--top: got %d, want 1 or more", f.top)
	}
	if f.format != "text" && f.format != "csv" && f.format != "json" {
		return fmt.Errorf("--format: got %q, want text, csv or json", f.format)
	}
	if channels := a.Info.Input[2]; channels != 1 && channels != 3 {
		return fmt.Errorf("predict: got a network of %d channels, want 1 or 3", channels)
	}
	return nil
}

// predictBatch is how many images are in memory at once: enough to keep all workers of a network at
// work.
const predictBatch = 64

// predict prints what the model says of images, as they come.
func (a *app) predict(in io.Reader, m *classify.LoadedModel, arguments []string, f *predictFlags) error {
	p := &predictor{
		app: a, model: m, standardizer: preprocess.NewStandardizer(a.Info.Mean, a.Info.Std),
		top: f.top, in: in, out: a.newPredictionWriter(f.format),
	}
	if err := written(p.out.begin()); err != nil {
		return err
	}
	for image := range images(arguments) {
		if image.skipped != nil {
			a.note("%v", image.skipped)
			continue
		}
		if p.batch = append(p.batch, image); len(p.batch) == predictBatch {
			if err := p.flush(); err != nil {
				return err
			}
		}
	}
	if err := p.flush(); err != nil {
		return err
	}
	if err := written(p.out.end()); err != nil {
		return err
	}
	if p.bad > 0 {
		return failure{fmt.Errorf("predict: got %d of %d images that cannot be read", p.bad, p.bad+p.good)}
	}
	return nil
}

// predictor predicts a batch after the other.
type predictor struct {
	*app
	model        *classify.LoadedModel
	standardizer preprocess.Standardizer
	top          int
	in           io.Reader
	out          predictionWriter
	batch        []source
	good, bad    int
}

// flush predicts and prints the batch.
func (p *predictor) flush() error {
	i := p.Info
	elements := i.Input[0] * i.Input[1] * i.Input[2]
	values, predictions := p.read(elements)
	var readable []float32
	for k := range predictions {
		if predictions[k].Error == "" {
			readable = append(readable, values[k*elements:][:elements]...)
		}
	}
	logits := make([]float32, len(readable)/elements*i.Classes)
	if err := p.model.Logits(logits, readable); err != nil {
		return failure{err}
	}
	names := p.model.Classes
	for k := range predictions {
		q := &predictions[k]
		if q.Error != "" {
			p.bad++
			p.note("%s", q.Error)
		} else {
			p.good++
			own := logits[:i.Classes]
			logits = logits[i.Classes:]
			if err := classify.Check(own, names); err != nil {
				return failure{fmt.Errorf("image %s: %w", q.Image, err)}
			}
			q.Guesses = classify.Top(own, names, p.top)
		}
		if err := written(p.out.write(q)); err != nil {
			return err
		}
	}
	p.batch = p.batch[:0]
	return nil
}

// read reads the batch's images, several at once, into [n][elements] values.
func (p *predictor) read(elements int) ([]float32, []prediction) {
	values, predictions := make([]float32, len(p.batch)*elements), make([]prediction, len(p.batch))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0)) // an image may take much memory
	var all sync.WaitGroup
	for k, s := range p.batch {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			q := &predictions[k]
			q.Image, q.Guesses = s.name, []classify.Prediction{}
			decoded, err := s.read(p.in)
			if err != nil {
				q.Error = err.Error()
				return
			}
			var bytes []byte
			bytes, q.Resized = preprocess.Fit(decoded, p.Info.Input, preprocess.Options(p.Info.Preprocess))
			p.standardizer.Standardize(values[k*elements:][:elements], bytes)
		})
	}
	all.Wait()
	return values, predictions
}

// read decodes the image of a source; in is the standard input.
func (s *source) read(in io.Reader) (image.Image, error) {
	switch {
	case s.err != nil:
		return nil, s.err
	case s.name != standardInput:
		return preprocess.Read(s.name)
	}
	content, err := io.ReadAll(io.LimitReader(in, preprocess.MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("image %s: %w", s.name, err)
	}
	if len(content) > preprocess.MaxFile {
		return nil, fmt.Errorf("image %s: got more than %d bytes, want at most as many", s.name, preprocess.MaxFile)
	}
	decoded, err := preprocess.Decode(context.Background(), bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("image %s: %w", s.name, err)
	}
	return decoded, nil
}
