package engine

import (
	"fmt"
	"image"
	"math"

	"github.com/resnetgen/resnetgen/runtime/preprocess"
)

// imageBuffers hold the preprocessed images of a call and their logits.
type imageBuffers struct {
	fitter         *preprocess.Fitter
	images, logits []float32
	one            [1]image.Image
}

// newImageBuffers returns buffers with room for n images.
func (e *Engine[M]) newImageBuffers(n int) *imageBuffers {
	return &imageBuffers{
		fitter: preprocess.NewFitter(e.program.Input, preprocess.Options(e.program.Function.Preprocess)),
		images: aligned(n * e.size()), logits: aligned(n * e.program.Classes),
	}
}

// LogitsOfImage computes the logits, [classes], of an image of any size.
func (e *Engine[M]) LogitsOfImage(dst []float32, img image.Image) error {
	if err := e.gate.enter(); err != nil {
		return fmt.Errorf("%s: %w", e.program.Name, err)
	}
	defer e.leave()
	b, err := e.oneBuffers.take()
	if err != nil {
		return fmt.Errorf("%s: %w", e.program.Name, err)
	}
	defer e.oneBuffers.give(b)
	b.one[0] = img
	defer func() { b.one[0] = nil }()
	if err := e.classify(b, b.one[:], 0); err != nil {
		return err
	}
	copy(dst, b.logits[:e.program.Classes])
	return nil
}

// LogitsOfImages calls put with the logits of each image. Images have any size: the trainer's
// preprocessing makes each the network's input and standardizes it.
func (e *Engine[M]) LogitsOfImages(images []image.Image, put func(i int, logits []float32)) error {
	if err := e.gate.enter(); err != nil {
		return fmt.Errorf("%s: %w", e.program.Name, err)
	}
	defer e.leave()
	b, err := e.batchBuffers.take()
	if err != nil {
		return fmt.Errorf("%s: %w", e.program.Name, err)
	}
	defer e.batchBuffers.give(b)
	classes := e.program.Classes
	most := len(b.logits) / classes
	for first := 0; first < len(images); first += most {
		n := min(most, len(images)-first)
		if err := e.classify(b, images[first:first+n], first); err != nil {
			return err
		}
		for i := range n {
			put(first+i, b.logits[i*classes:][:classes])
		}
	}
	return nil
}

// classify computes the logits of images, at most as many as the buffers have room for. Errors
// count images from first on.
func (e *Engine[M]) classify(b *imageBuffers, images []image.Image, first int) error {
	if channels := e.program.Input[2]; channels != 1 && channels != 3 {
		return fmt.Errorf("%s: got images for a network of %b channels, want 1 or 3", e.program.Name, channels)
	}
	size := e.size()
	for i, img := range images {
		if err := preprocess.Check(img); err != nil {
			return fmt.Errorf("image %d: %w", first+i, err)
		}
		bytes, _ := b.fitter.Fit(img)
		e.standardizer.Standardize(b.images[i*size:][:size], bytes)
	}
	n, classes := len(images), e.program.Classes
	logits := b.logits[:n*classes]
	if err := e.compute(logits, b.images[:n*size]); err != nil {
		return err
	}
	for i, z := range logits {
		if math.IsNaN(float64(z)) || math.IsInf(float64(z), 0) {
			return fmt.Errorf("image %d: got a logit of %g for class %b, want finite numbers: %w", first+i/classes, z, i%classes, ErrDiverged)
		}
	}
	return nil
}
