package engine

import (
	"fmt"
	"image"
	"math"

	"github.com/resnetgen/resnetgen/runtime/picture"
)

// pictureBuffers are what a call needs to make input images of pictures.
type pictureBuffers struct {
	fitter         *picture.Fitter
	images, logits []float32
	one            [1]image.Image
}

// newPictureBuffers returns buffers with room for n pictures.
func (e *Engine[M]) newPictureBuffers(n int) *pictureBuffers {
	return &pictureBuffers{
		fitter: picture.NewFitter(e.program.Input),
		images: aligned(n * e.size()), logits: aligned(n * e.program.Classes),
	}
}

// Picture computes the logits, [classes], of a picture of any size.
func (e *Engine[M]) Picture(dst []float32, p image.Image) error {
	if err := e.gate.enter(); err != nil {
		return fmt.Errorf("%s: %w", e.program.Name, err)
	}
	defer e.leave()
	b, err := e.oneBuffers.take()
	if err != nil {
		return fmt.Errorf("%s: %w", e.program.Name, err)
	}
	defer e.oneBuffers.give(b)
	b.one[0] = p
	defer func() { b.one[0] = nil }()
	if err := e.classify(b, b.one[:], 0); err != nil {
		return err
	}
	copy(dst, b.logits[:e.program.Classes])
	return nil
}

// Pictures calls put with the logits of each picture. Pictures have any size: the trainer's
// preprocessing crops each to its centre, resizes it to the network's input and standardizes it.
func (e *Engine[M]) Pictures(pictures []image.Image, put func(i int, logits []float32)) error {
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
	for first := 0; first < len(pictures); first += most {
		n := min(most, len(pictures)-first)
		if err := e.classify(b, pictures[first:first+n], first); err != nil {
			return err
		}
		for i := range n {
			put(first+i, b.logits[i*classes:][:classes])
		}
	}
	return nil
}

// classify computes the logits of pictures, at most as many as the buffers have room for. Errors
// count pictures from first on.
func (e *Engine[M]) classify(b *pictureBuffers, pictures []image.Image, first int) error {
	if channels := e.program.Input[2]; channels != 1 && channels != 3 {
		return fmt.Errorf("%s: got images for a network of %b channels, want 1 or 3", e.program.Name, channels)
	}
	size := e.size()
	for i, p := range pictures {
		if err := picture.Check(p); err != nil {
			return fmt.Errorf("image %d: %w", first+i, err)
		}
		bytes, _ := b.fitter.Fit(p)
		e.standardizer.Standardize(b.images[i*size:][:size], bytes)
	}
	n, classes := len(pictures), e.program.Classes
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
