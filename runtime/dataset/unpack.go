package dataset

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"

	"github.com/resnetgen/resnetgen/internal/inputfile"
	"github.com/resnetgen/resnetgen/runtime/internal/durable"
)

// unpack copies a file, or the data files of a tar archive without their folders, into dir.
func unpack(dir, file string) error {
	in, err := inputfile.Open(file, maxDownload)
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
	archive, left := tar.NewReader(unzipped), int64(maxUnpacked)
	for {
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
		if left -= header.Size; left < 0 {
			return fmt.Errorf("%.200q: got files of more than %d bytes", header.Name, int64(maxUnpacked))
		}
		name := path.Base(strings.ReplaceAll(header.Name, `\`, "/"))
		if !filepath.IsLocal(name) {
			return fmt.Errorf("got a file %.200q, want a name", header.Name)
		}
		if err := put(filepath.Join(dir, name), archive); err != nil {
			return err
		}
	}
}

// maxUnpacked is how many bytes the files of an archive have at most.
const maxUnpacked = maxFile

func put(file string, content io.Reader) error {
	return durable.Replace(file, func(w io.Writer) error {
		_, err := io.Copy(w, content)
		return err
	})
}
