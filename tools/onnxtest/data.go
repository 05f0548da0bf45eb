package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"

	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/preprocess"
)

// images are what a network is trained and tested on.
type images struct {
	data          string // what the trainer's --data takes
	float32s      string // a file of the test images as the trainer takes them
	bytes         string // a file of their bytes
	count         int
	classes       int
	labels        []int32
	height, width int
}

// prepare opens Fashion-MNIST, cut to the network's size if that is not 0, and writes the test
// images to files.
func prepare(n *testCase, dir string) (*images, error) {
	train, test, err := dataset.Open("fashion-mnist", dataset.Options{})
	if err != nil {
		return nil, err
	}
	s := &images{data: "fashion-mnist"}
	if n.height > 0 {
		s.data = filepath.Join(dir, "data")
		train, test = cut(train, n.height, n.width), cut(test, n.height, n.width)
		if err := writeIDX(s.data, train, test); err != nil {
			return nil, err
		}
	}
	s.count, s.classes, s.labels, s.height, s.width = test.Len(), test.Classes, test.Labels, test.Height, test.Width
	s.float32s, s.bytes = filepath.Join(dir, "images.f32"), filepath.Join(dir, "images.u8")
	if err := os.WriteFile(s.bytes, test.Images, 0o644); err != nil {
		return nil, err
	}
	test.Standardizer = preprocess.NewStandardizer(n.mean, n.std)
	values := make([]float32, len(test.Images))
	for i := range test.Len() {
		test.Eval(values[i*test.Size():][:test.Size()], i)
	}
	raw, err := binary.Append(nil, binary.LittleEndian, values)
	if err != nil {
		return nil, err
	}
	return s, os.WriteFile(s.float32s, raw, 0o644)
}

// cut returns the middle of each image.
func cut(s *dataset.Set, height, width int) *dataset.Set {
	c := *s
	c.Height, c.Width, c.Images = height, width, make([]byte, 0, s.Len()*height*width*s.Channels)
	top, left := (s.Height-height)/2, (s.Width-width)/2
	for i := range s.Len() {
		image := s.Image(i)
		for h := range height {
			row := image[((top+h)*s.Width+left)*s.Channels:]
			c.Images = append(c.Images, row[:width*s.Channels]...)
		}
	}
	return &c
}

// writeIDX writes both sets as files of the IDX format (http://yann.lecun.com/exdb/mnist), which
// are one channel's.
func writeIDX(dir string, train, test *dataset.Set) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, s := range map[string]*dataset.Set{"train": train, "t10k": test} {
		if s.Channels != 1 {
			return fmt.Errorf("got images of %d channels, want 1", s.Channels)
		}
		pixels := []byte{0, 0, 8, 3} // bytes, in three dimensions
		for _, n := range []int{s.Len(), s.Height, s.Width} {
			pixels = binary.BigEndian.AppendUint32(pixels, uint32(n))
		}
		labels := binary.BigEndian.AppendUint32([]byte{0, 0, 8, 1}, uint32(s.Len()))
		for _, l := range s.Labels {
			labels = append(labels, byte(l))
		}
		if err := os.WriteFile(filepath.Join(dir, name+"-images-idx3-ubyte"), append(pixels, s.Images...), 0o644); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name+"-labels-idx1-ubyte"), labels, 0o644); err != nil {
			return err
		}
	}
	return nil
}
