// Package dataset reads labelled images and prepares them for a network: Fashion-MNIST, CIFAR-10, CIFAR-100,
// folders in their formats, and folders of pictures.
package dataset

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/resnetgen/resnetgen/runtime/picture"
)

// Set is a training or a test set.
type Set struct {
	Name                    string
	Height, Width, Channels int
	Classes                 int
	Images                  []byte               // [n][height][width][channels], 0 to 255
	Labels                  []int32              // [n], each below Classes
	ClassNames              []string             // by number; there may be fewer or more than Classes
	ByName                  bool                 // the classes are numbered by their names: the set is a folder of pictures
	Standardizer            picture.Standardizer // of what a network is given
}

// Len returns the number of images.
func (s *Set) Len() int { return len(s.Labels) }

// Size returns the number of values of an image.
func (s *Set) Size() int { return s.Height * s.Width * s.Channels }

// Image returns image i, [height][width][channels].
func (s *Set) Image(i int) []byte { return s.Images[i*s.Size():][:s.Size()] }

// Options say where data may come from.
type Options struct {
	Download bool                             // from the publisher's site, where it is not found
	Cache    string                           // the folder of downloads; empty: the user's cache folder
	Log      func(format string, args ...any) // is told of downloads, and of files that are passed over; may be nil

	// Labels are the names of the network's classes. They name the classes of a set; but a folder of pictures has names of its
	// own, and is numbered alike if these are among the labels.
	Labels []string

	// Of folders of pictures alone:
	Input     [3]int // height, width and channels that they are made to fit
	SplitSeed uint64 // what chooses the pictures for testing where no folder does
}

func (o *Options) log(format string, args ...any) {
	if o.Log != nil {
		o.Log(format, args...)
	}
}

func (o *Options) cache() (string, error) {
	if o.Cache != "" {
		return o.Cache, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder: %w", err)
	}
	return filepath.Join(dir, "resnetgen"), nil
}

// Names lists the data sets that have names.
func Names() []string { return []string{"fashion-mini", "fashion-mnist", "cifar10", "cifar100"} }

// Open reads a data set: one of [Names], or a folder with CIFAR-10 or CIFAR-100 binaries or IDX files (plain
// or .gz), or with pictures (JPEG, PNG, WebP, BMP or GIF of any size) in a subfolder for each class: CLASS/…, or train/CLASS/…
// and test/CLASS/… Files that are truncated, too long, or hold labels out of range are errors that name file and place.
func Open(data string, o Options) (train, test *Set, err error) {
	if train, test, err = open(data, o); err != nil {
		return nil, nil, err
	}
	train.name(o.Labels)
	test.name(o.Labels)
	return train, test, nil
}

func open(data string, o Options) (train, test *Set, err error) {
	switch {
	case data == "":
		return nil, nil, fmt.Errorf("data: got nothing, want %s, or a folder", strings.Join(Names(), ", "))
	case data == "fashion-mini":
		return openMini()
	case published[data] != nil:
		return published[data].open(data, o)
	}
	info, err := os.Stat(data)
	switch {
	case err != nil && !strings.ContainsAny(data, `/\`):
		return nil, nil, fmt.Errorf("data: got %q, want %s, or a folder", data, strings.Join(Names(), ", "))
	case err != nil:
		return nil, nil, fmt.Errorf("data: %w", err)
	case !info.IsDir():
		return nil, nil, fmt.Errorf("data: got the file %s, want the folder that it is in", data)
	}
	return openFolder(data, &o)
}

// openFolder reads the set that a folder holds.
func openFolder(dir string, o *Options) (train, test *Set, err error) {
	files, pictures, err := find(dir, o)
	switch {
	case err != nil:
		return nil, nil, err
	case files != nil:
		return files.read(filepath.Base(dir))
	}
	for _, remark := range pictures.remarks.Lines() {
		o.log("data: %s: %s", dir, remark)
	}
	return pictures.open(o.Input)
}

// find looks for what a folder holds: files of a known format, or pictures. Files of which one is missing are taken only where there
// are no pictures.
func find(dir string, o *Options) (files *formatFiles, pictures *pictureFolder, err error) {
	files = findFormat(dir)
	if files != nil && files.complete() {
		return files, nil, nil
	}
	pictures, err = findPictures(dir, o.Labels, o.SplitSeed)
	switch {
	case pictures != nil:
		return nil, pictures, nil
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

// findFormat looks for files of a known format in a folder, or in the one in it that the publisher's archive makes.
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

// findOnlyPictures returns the pictures of a folder that [Open] would read as such, or nil.
func findOnlyPictures(data string, o *Options) (*pictureFolder, error) {
	info, err := os.Stat(data)
	if slices.Contains(Names(), data) || err != nil || !info.IsDir() {
		return nil, nil // whose own business it is
	}
	_, pictures, err := find(data, o)
	return pictures, err
}

func errNoData(dir string) error {
	return fmt.Errorf("data: got folder %s without data, want data_batch_1.bin … and test_batch.bin (CIFAR-10), "+
		"train.bin and test.bin (CIFAR-100), train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-… (IDX, .gz or not), "+
		"or pictures in a subfolder for each class", dir)
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
