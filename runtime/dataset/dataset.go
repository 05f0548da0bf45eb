// Package dataset reads labelled images and prepares them for a network. It reads Fashion-MNIST,
// CIFAR-10 and CIFAR-100, folders in their formats, and folders of image files.
package dataset

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"

	"github.com/resnetgen/resnetgen/runtime/preprocess"
)

// Set is a training or a test set.
type Set struct {
	Name                    string
	Height, Width, Channels int
	Classes                 int
	Images                  []byte                  // [n][height][width][channels], 0 to 255
	Labels                  []int32                 // [n], each below Classes
	ClassNames              []string                // by number; there may be fewer or more than Classes
	ByName                  bool                    // the classes are numbered by their names: the set is a folder of images
	BGR                     bool                    // of three channels the first is blue
	Standardizer            preprocess.Standardizer // of what a network is given
}

// Len returns the number of images.
func (s *Set) Len() int { return len(s.Labels) }

// Shape returns height, width and channels of the images.
func (s *Set) Shape() [3]int { return [3]int{s.Height, s.Width, s.Channels} }

// Size returns the number of values of an image.
func (s *Set) Size() int { return s.Height * s.Width * s.Channels }

// Image returns image i, [height][width][channels].
func (s *Set) Image(i int) []byte { return s.Images[i*s.Size():][:s.Size()] }

// Options say where data may come from.
type Options struct {
	Download bool                             // from the publisher's site, where it is not found
	Cache    string                           // the folder of downloads; empty: the user's cache folder
	Log      func(format string, args ...any) // reports downloads and skipped files; may be nil

	// Labels are the names of the network's classes. They name the classes of a set; but a folder
	// of images has names of its own, and is numbered alike if these are among the labels.
	Labels []string

	// Classes is the number of classes of a network that is to be trained: a set that it cannot be
	// trained on is an error. 0: any set is read.
	Classes int
	// FewerClasses admits a folder of images of fewer than Classes: the first version trained on
	// such.
	FewerClasses bool

	// Of folders of images:
	Input      [3]int             // height, width and channels that they are made to fit, and with Classes, that other sets must have
	Preprocess preprocess.Options // how; other sets have the order of its channels alone
	SplitSeed  uint64             // what chooses the images for testing where no folder does; 0: [DefaultSplitSeed]
}

// DefaultSplitSeed is the SplitSeed of those who say none: of programs and of the trainers'
// commands alike. Another seed chooses other images, so that one part of a program tests with
// images that another trains on.
const DefaultSplitSeed = 1

func (o *Options) splitSeed() uint64 { return cmp.Or(o.SplitSeed, DefaultSplitSeed) }

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

func errNoData(dir string) error {
	return fmt.Errorf("data: got folder %s without data, want data_batch_1.bin … and test_batch.bin (CIFAR-10), "+
		"train.bin and test.bin (CIFAR-100), train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-… (IDX, .gz or not), "+
		"or images in a subfolder for each class", dir)
}
