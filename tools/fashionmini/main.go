// Command fashionmini makes the embedded part of Fashion-MNIST from the whole set: the first images
// of each class, in the order of the whole set. It runs in the folder of the package that embeds
// them.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"os"

	"github.com/resnetgen/resnetgen/runtime/dataset"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "fashionmini:", err)
		os.Exit(1)
	}
}

func run() error {
	train, test, err := dataset.Open("fashion-mnist", dataset.Options{})
	if err != nil {
		return err
	}
	if err := write(train, "train", 600); err != nil {
		return err
	}
	return write(test, "t10k", 100)
}

// write writes the first perClass images of each class and their labels.
func write(s *dataset.Set, prefix string, perClass int) error {
	seen := make([]int, s.Classes)
	var images, labels []byte
	for i, l := range s.Labels {
		if seen[l]++; seen[l] <= perClass {
			images = append(images, s.Image(i)...)
			labels = append(labels, byte(l))
		}
	}
	n := uint32(len(labels))
	if err := writeIDX(prefix+"-images-idx3-ubyte.gz", images, n, uint32(s.Height), uint32(s.Width)); err != nil {
		return err
	}
	return writeIDX(prefix+"-labels-idx1-ubyte.gz", labels, n)
}

func writeIDX(path string, data []byte, shape ...uint32) error {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	header := []byte{0, 0, 8, byte(len(shape))}
	for _, d := range shape {
		header = binary.BigEndian.AppendUint32(header, d)
	}
	if _, err := z.Write(append(header, data...)); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}
