package dataset

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// find looks for what a folder holds: files of a known format, or images. Files of which one is
// missing are taken only where there are no images.
func find(dir string, o *Options) (files *formatFiles, images *imageFolder, err error) {
	files = findFormat(dir)
	if files != nil && files.complete() {
		return files, nil, nil
	}
	images, err = findImages(dir, o.Labels, o.splitSeed())
	switch {
	case images != nil:
		return nil, images, images.fitsNetwork(o)
	case files != nil: // reading them names what is missing
		return files, nil, nil
	case err == nil:
		err = errNoData(dir)
	}
	return nil, nil, err
}

// formatFiles are the files of a set in a format.
type formatFiles struct {
	format      format
	train, test []string
}

func (f *formatFiles) complete() bool {
	return !slices.ContainsFunc(append(slices.Clone(f.train), f.test...), func(path string) bool { return !exists(path) })
}

// findFormat looks for files of a known format in a folder, or in the one in it that the
// publisher's archive makes.
func findFormat(dir string) *formatFiles {
	for _, sub := range []string{"", "cifar-10-batches-bin", "cifar-100-binary"} {
		for _, f := range formats {
			if train, test := f.find(filepath.Join(dir, sub)); len(train) > 0 {
				return &formatFiles{f, train, test}
			}
		}
	}
	return nil
}

// findOnlyImages returns the images of a folder that [Load] would read as such, or nil.
func findOnlyImages(data string, o *Options) (*imageFolder, error) {
	info, err := os.Stat(data)
	if slices.Contains(Names(), data) || err != nil || !info.IsDir() {
		return nil, nil // Load reports the error
	}
	_, images, err := find(data, o)
	return images, err
}

// read reads both sets.
func (f *formatFiles) read(name string) (train, test *Set, err error) {
	train, err = f.format.read(f.train)
	test, testErr := f.format.read(f.test)
	if err := errors.Join(err, testErr); err != nil {
		return nil, nil, err
	}
	if train.Height != test.Height || train.Width != test.Width || train.Channels != test.Channels {
		return nil, nil, fmt.Errorf("data: %s: got test images of %d×%d×%d, want those of the training images, %d×%d×%d", name,
			test.Height, test.Width, test.Channels, train.Height, train.Width, train.Channels)
	}
	train.Name, test.Name = name, name
	train.Classes = max(train.Classes, test.Classes)
	test.Classes = train.Classes
	return train, test, nil
}

// format is a way in which a folder holds a set.
type format struct {
	find func(dir string) (train, test []string) // all of them if one is there, else none
	read func(files []string) (*Set, error)
}

var formats = []format{
	{findCIFAR10, func(files []string) (*Set, error) { return readCIFAR(files, cifar10) }},
	{findCIFAR100, func(files []string) (*Set, error) { return readCIFAR(files, cifar100) }},
	{findIDX, readIDXPair},
}

// exists says that something is at a path. Reading it says whether that is a file.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// fitsNetwork refuses images that the network of the options cannot be trained on.
func (p *imageFolder) fitsNetwork(o *Options) error {
	if o.Classes == 0 {
		return nil
	}
	if p.testSplit != nil {
		if err := checkSeveral(p.dir, o.Labels, o.Classes); err != nil {
			return err
		}
	}
	if p.untrainable != nil {
		return p.untrainable
	}
	return fitClasses(p.dir, len(p.classes), o.Classes, !o.FewerClasses)
}
