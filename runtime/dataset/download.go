package dataset

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/md5" //nolint:gosec // the publishers give MD5 sums; they guard against broken transfers
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// download is a file on a publisher's site.
type download struct{ url, md5 string }

// maxDownload is the size of the largest file that is fetched.
const maxDownload = 1 << 30

// fetch fills folder with files or the contents of archives: all of them or, after an error, none.
func fetch(downloads []download, folder string, o Options) error {
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	scratch, err := os.MkdirTemp(filepath.Dir(folder), ".download-*")
	if err != nil {
		return fmt.Errorf("data: %w", err)
	}
	defer os.RemoveAll(scratch) //nolint:errcheck // it was renamed, or is scrap
	for _, d := range downloads {
		if o.Log != nil {
			o.Log("downloading %s", d.url)
		}
		data, err := d.get()
		if err != nil {
			return fmt.Errorf("data: download %s: %w", d.url, err)
		}
		if err := unpack(scratch, path.Base(d.url), data); err != nil {
			return fmt.Errorf("data: unpack %s: %w", d.url, err)
		}
	}
	if err := os.Rename(scratch, folder); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	return os.Chmod(folder, 0o755)
}

// get fetches a file and checks its sum.
func (d *download) get() ([]byte, error) {
	client := http.Client{Timeout: time.Hour}
	response, err := client.Get(d.url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close() //nolint:errcheck // it is read whole
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("got status %s, want 200", response.Status)
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, maxDownload))
	if err != nil {
		return nil, err
	}
	sum := md5.Sum(data) //nolint:gosec // see above
	if got := hex.EncodeToString(sum[:]); got != d.md5 {
		return nil, fmt.Errorf("got %d bytes with MD5 %s, want %s", len(data), got, d.md5)
	}
	return data, nil
}

// unpack writes a file, or the files of a tar archive without their folders, into dir.
func unpack(dir, name string, data []byte) error {
	if !strings.HasSuffix(name, ".tar.gz") {
		return os.WriteFile(filepath.Join(dir, name), data, 0o644)
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(data))
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
		content, err := io.ReadAll(io.LimitReader(archive, maxDownload))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, path.Base(header.Name)), content, 0o644); err != nil {
			return err
		}
	}
}
