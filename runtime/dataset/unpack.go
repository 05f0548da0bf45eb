package dataset

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/resnetgen/resnetgen/runtime/internal/durable"
)

// unpack copies a file, or the data files of a tar archive without their folders, into dir.
func unpack(dir, file string) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // nothing was written
	if !strings.HasSuffix(file, ".tar.gz") {
		return put(filepath.Join(dir, filepath.Base(file)), in)
	}
	unzipped, err := gzip.NewReader(in)
	if err != nil {
		return err
	}
	for archive := tar.NewReader(unzipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if header.Typeflag != tar.TypeReg || !strings.HasSuffix(header.Name, ".bin") {
			continue
		}
		if err := put(filepath.Join(dir, path.Base(header.Name)), archive); err != nil {
			return err
		}
	}
}

func put(file string, content io.Reader) error {
	return durable.Replace(file, func(w io.Writer) error {
		_, err := io.Copy(w, io.LimitReader(content, maxDownload))
		return err
	})
}
