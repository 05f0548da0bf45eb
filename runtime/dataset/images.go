package dataset

import (
	"bytes"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/resnetgen/resnetgen/runtime/preprocess"
)

// badFile is a file that cannot be read, and why.
type badFile struct {
	Path string
	Err  error
}

// read reads a part's images as the network of the options takes them, on all cores; those that are
// bad are left out.
func (p *imageFolder) read(part imageFiles, o *Options) (s *Set, read []string, bad []badFile) {
	input := o.Input
	s = &Set{
		Name: filepath.Base(p.dir), Height: input[0], Width: input[1], Channels: input[2],
		Classes: len(p.classes), ClassNames: p.classes, ByName: true, BGR: o.takesBGR(input[2]),
	}
	bad = part.bad
	images, errs := decode(part.files, o)
	for i, err := range errs {
		if err != nil {
			bad = append(bad, badFile{part.files[i], err})
			continue
		}
		read, s.Labels = append(read, part.files[i]), append(s.Labels, part.labels[i])
	}
	s.Images = bytes.Join(images, nil)
	return s, read, bad
}

func decode(files []string, o *Options) ([][]byte, []error) {
	images, errs := make([][]byte, len(files)), make([]error, len(files))
	var work sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() {
			for i := range next {
				m, err := preprocess.Read(files[i])
				if errs[i] = err; err == nil {
					images[i], _ = preprocess.Fit(m, o.Input, o.Preprocess)
				}
			}
		})
	}
	for i := range files {
		next <- i
	}
	close(next)
	work.Wait()
	return images, errs
}

// Decoder returns the [preprocess.DecoderVersion] that decoded the set's image files. It is 0 for a
// set without image files.
func (s *Set) Decoder() int {
	if !s.ByName {
		return 0
	}
	return preprocess.DecoderVersion
}

// fits refuses inputs that are none for images.
func (p *imageFolder) fits(input [3]int) error {
	if input[0] < 1 || input[1] < 1 || input[2] != 1 && input[2] != 3 {
		return fmt.Errorf("data: %s: got images for a network of %s, want 1 or 3 channels", p.dir, shape(input))
	}
	return nil
}

// maxBad is how many bad files an error names.
const maxBad = 10

// open reads all parts, or names the files that are bad.
func (p *imageFolder) open(o *Options) (*Parts, error) {
	if err := p.fits(o.Input); err != nil {
		return nil, err
	}
	parts := &Parts{testSplit: p.testSplit, untrainable: p.untrainable}
	var bad []badFile
	read := func(part *imageFiles) *Set {
		s, _, more := p.read(*part, o)
		bad = append(bad, more...)
		return s
	}
	parts.Train = read(&p.train)
	if !p.validation.isEmpty() {
		parts.Validation = read(&p.validation)
	}
	if !p.test.isEmpty() {
		parts.Test = read(&p.test)
	}
	if len(bad) == 0 {
		return parts, nil
	}
	var text strings.Builder
	fmt.Fprintf(&text, "data: %s: %d files cannot be read (data check lists them):", p.dir, len(bad))
	for _, b := range bad[:min(len(bad), maxBad)] {
		fmt.Fprintf(&text, "\n  %v", b.Err)
	}
	return nil, fmt.Errorf("%s", text.String())
}
