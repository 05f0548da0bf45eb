// Package picture turns pictures of any size into what a network takes: decoding, cropping, resizing, standardizing.
package picture

import (
	"errors"
	"fmt"
	"image"
	_ "image/gif"  // formats that are read
	_ "image/jpeg" //
	_ "image/png"  //
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	_ "golang.org/x/image/bmp"  // and these
	_ "golang.org/x/image/webp" //
)

// maxPixels is how many pixels the largest picture that is read has.
const maxPixels = 1 << 26

// MaxFile is how many bytes the largest file that is read has.
const MaxFile = 1 << 28

// Check refuses what is no picture, and one that is too large to be resized.
func Check(picture image.Image) error {
	if picture == nil {
		return errors.New("got none, want a picture")
	}
	return checkSize(picture.Bounds().Dx(), picture.Bounds().Dy())
}

func checkSize(width, height int) error {
	if width < 1 || height < 1 || width > maxPixels/height {
		return fmt.Errorf("got %d×%d pixels, want 1 to %d", width, height, maxPixels)
	}
	return nil
}

// Named says that a file's name is that of a picture which [Read] reads.
func Named(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".jpg", ".jpeg", ".jfif", ".png", ".webp", ".bmp", ".gif":
		return true
	}
	return false
}

// Read reads a JPEG, PNG, WebP, BMP or GIF file (of the latter the first picture). Whatever is in the file, it
// returns a picture or an error that names the file.
func Read(path string) (image.Image, error) {
	info, err := os.Stat(path) // before it is opened: a named pipe would wait for its writer
	if err != nil {
		return nil, fmt.Errorf("image: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > MaxFile {
		return nil, fmt.Errorf("image %s: got %s of %d bytes, want a file of at most %d", path, kind(info.Mode()), info.Size(), MaxFile)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("image: %w", err)
	}
	defer f.Close() //nolint:errcheck // nothing was written
	picture, err := Decode(f)
	if err != nil {
		return nil, fmt.Errorf("image %s: %w", path, err)
	}
	return picture, nil
}

func kind(m fs.FileMode) string {
	switch {
	case m.IsRegular():
		return "a file"
	case m.IsDir():
		return "a folder"
	}
	return "something else"
}

// Decode decodes a picture whose size it has checked before it takes memory for it. A decoder's panic is an error.
func Decode(in io.ReadSeeker) (picture image.Image, err error) {
	r := &endWatch{ReadSeeker: in}
	defer func() {
		if p := recover(); p != nil {
			picture, err = nil, fmt.Errorf("got a picture that cannot be decoded: %v", p)
		}
	}()
	header, _, err := image.DecodeConfig(r)
	if err != nil {
		return nil, fmt.Errorf("got no JPEG, PNG, WebP, BMP or GIF: %w", err)
	}
	if err := checkSize(header.Width, header.Height); err != nil {
		return nil, err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	r.ended = false
	picture, name, err := image.Decode(r)
	switch {
	case err != nil && r.ended:
		return nil, fmt.Errorf("got a broken %s picture: the file is truncated: %w", name, err)
	case err != nil:
		return nil, fmt.Errorf("got a broken %s picture: %w", name, err)
	}
	if picture.Bounds().Size() != image.Pt(header.Width, header.Height) {
		return nil, fmt.Errorf("got %v pixels, want %d×%d as the header says", picture.Bounds().Size(), header.Width, header.Height)
	}
	return picture, nil
}

// endWatch knows whether its reader has come to its end.
type endWatch struct {
	io.ReadSeeker
	ended bool
}

func (e *endWatch) Read(p []byte) (int, error) {
	n, err := e.ReadSeeker.Read(p)
	e.ended = e.ended || errors.Is(err, io.EOF)
	return n, err
}

// Fit is [Fitter.Fit] once.
func Fit(picture image.Image, input [3]int) (bytes []byte, resized bool) {
	return NewFitter(input).Fit(picture)
}

// centre is the largest part in the middle of bounds that has the proportions of width and height.
func centre(bounds image.Rectangle, width, height int) image.Rectangle {
	w, h := bounds.Dx(), bounds.Dy()
	if w*height > h*width {
		w = max(h*width/height, 1)
	} else {
		h = max(w*height/width, 1)
	}
	corner := bounds.Min.Add(image.Pt((bounds.Dx()-w)/2, (bounds.Dy()-h)/2))
	return image.Rectangle{corner, corner.Add(image.Pt(w, h))}
}
