package dataset

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/resnetgen/resnetgen/runtime/dataset/fashionmini"
)

// publication is a data set that its authors have published.
type publication struct {
	debian     string // folder of the Debian package that has it
	pkg        string // and that package's name
	downloads  []download
	classes    int
	classNames []string
}

var published = map[string]*publication{
	"fashion-mnist": {
		debian: "/usr/share/datasets/fashion-mnist", pkg: "dataset-fashion-mnist",
		downloads: []download{
			{"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/train-images-idx3-ubyte.gz", "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"},
			{"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/train-labels-idx1-ubyte.gz", "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"},
			{"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/t10k-images-idx3-ubyte.gz", "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"},
			{"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/t10k-labels-idx1-ubyte.gz", "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"},
		},
		classes: 10, classNames: fashionNames,
	},
	"cifar10": {
		downloads: []download{{"https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz", "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"}},
		classes:   10, classNames: cifar10Names,
	},
	"cifar100": {
		downloads: []download{{"https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz", "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"}},
		classes:   100, classNames: cifar100Names,
	},
}

// open looks in the cache, then in Debian's folder, then on the publisher's site if that is asked
// for.
func (p *publication) open(name string, o Options) (train, test *Set, err error) {
	cache, err := o.cache()
	if err != nil {
		return nil, nil, err
	}
	folder := filepath.Join(cache, name)
	for _, dir := range []string{folder, p.debian} {
		if info, err := os.Stat(dir); dir != "" && err == nil && info.IsDir() {
			return p.read(name, dir)
		}
	}
	if !o.Download {
		return nil, nil, p.absent(name, folder)
	}
	if err := newFetcher(o.log).fetch(context.Background(), p.downloads, folder); err != nil {
		return nil, nil, err
	}
	return p.read(name, folder)
}

// Fetch downloads a published data set into the cache, unless it is there already, and returns its
// folder. An interrupted download, also of an earlier call, is resumed.
func Fetch(ctx context.Context, name string, o Options) (folder string, err error) {
	p := published[name]
	if p == nil {
		return "", fmt.Errorf("data: got %q, want one of %s", name, strings.Join(slices.Sorted(maps.Keys(published)), ", "))
	}
	cache, err := o.cache()
	if err != nil {
		return "", err
	}
	folder = filepath.Join(cache, name)
	if _, err := os.Stat(folder); err == nil {
		o.log("%s exists already", folder)
		return folder, nil
	}
	return folder, newFetcher(o.log).fetch(ctx, p.downloads, folder)
}

func (p *publication) absent(name, folder string) error {
	hint := "want --download, or the files there"
	if p.pkg != "" {
		hint = fmt.Sprintf("want the Debian package %s, --download, or the files there", p.pkg)
	}
	return fmt.Errorf("data: %s: got no folder %s; %s", name, folder, hint)
}

func (p *publication) read(name, dir string) (train, test *Set, err error) {
	files := findFormat(dir)
	if files == nil {
		return nil, nil, errNoData(dir)
	}
	if train, test, err = files.read(name); err != nil {
		return nil, nil, err
	}
	return train, test, errors.Join(p.describe(name, train), p.describe(name, test))
}

// describe gives a set the names that are known of it.
func (p *publication) describe(name string, s *Set) error {
	if s.Classes > p.classes {
		return fmt.Errorf("data: %s: got labels up to %d, want at most %d", name, s.Classes-1, p.classes-1)
	}
	s.Name, s.Classes, s.ClassNames = name, p.classes, p.classNames
	return nil
}

// openMini returns the images that come with the program.
func openMini() (train, test *Set, err error) {
	open := openIn(fashionmini.Files)
	p := published["fashion-mnist"]
	read := func(prefix string) (*Set, error) {
		s, err := readIDXFrom(open, []string{prefix + "-images-idx3-ubyte.gz", prefix + "-labels-idx1-ubyte.gz"})
		if err != nil {
			return nil, err
		}
		return s, p.describe("fashion-mini", s)
	}
	if train, err = read("train"); err != nil {
		return nil, nil, err
	}
	test, err = read("t10k")
	return train, test, err
}

var fashionNames = []string{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"}

var cifar10Names = []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}

var cifar100Names = []string{
	"apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle", "bottle", "bowl", "boy", "bridge",
	"bus", "butterfly", "camel", "can", "castle", "caterpillar", "cattle", "chair", "chimpanzee", "clock", "cloud",
	"cockroach", "couch", "crab", "crocodile", "cup", "dinosaur", "dolphin", "elephant", "flatfish", "forest", "fox", "girl",
	"hamster", "house", "kangaroo", "keyboard", "lamp", "lawn_mower", "leopard", "lion", "lizard", "lobster", "man",
	"maple_tree", "motorcycle", "mountain", "mouse", "mushroom", "oak_tree", "orange", "orchid", "otter", "palm_tree",
	"pear", "pickup_truck", "pine_tree", "plain", "plate", "poppy", "porcupine", "possum", "rabbit", "raccoon", "ray",
	"road", "rocket", "rose", "sea", "seal", "shark", "shrew", "skunk", "skyscraper", "snail", "snake", "spider", "squirrel",
	"streetcar", "sunflower", "sweet_pepper", "table", "tank", "telephone", "television", "tiger", "tractor", "train",
	"trout", "tulip", "turtle", "wardrobe", "whale", "willow_tree", "wolf", "woman", "worm",
}
