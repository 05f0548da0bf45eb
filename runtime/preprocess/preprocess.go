// Package preprocess decodes images of any size and turns them into a network's input: cropped,
// resized and standardized.
package preprocess

import (
	"context"
	"errors"
	"fmt"
	"image"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/resnetgen/resnetgen/internal/inputfile"
)

// maxPixels is how many pixels the largest image that is read has.
const maxPixels = 1 << 26

// MaxFile is how many bytes the largest file that is read has.
const MaxFile = 1 << 28

// Check refuses what is no image, and one that is too large to be resized.
func Check(img image.Image) error {
	if img == nil {
		return errors.New("got none, want an image")
	}
	switch v := reflect.ValueOf(img); v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan:
		if v.IsNil() {
			return fmt.Errorf("got a nil %T, want an image", img)
		}
	}
	return checkSize(img.Bounds().Dx(), img.Bounds().Dy())
}

func checkSize(width, height int) error {
	if width < 1 || height < 1 || width > maxPixels/height {
		return fmt.Errorf("got %d×%d pixels, want 1 to %d", width, height, maxPixels)
	}
	return nil
}

// IsImageName says that a file's name is that of an image which [Read] reads.
func IsImageName(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".jpg", ".jpeg", ".jfif", ".png", ".webp", ".bmp", ".gif":
		return true
	}
	return false
}

// Read reads an image file, as [Decode] decodes it. Whatever is in the file, it returns an image or
// an error that names the file.
func Read(path string) (image.Image, error) {
	f, err := inputfile.Open(path, MaxFile)
	if err != nil {
		return nil, fmt.Errorf("image: %w", err)
	}
	defer f.Close() //nolint:errcheck // nothing was written
	m, err := Decode(context.Background(), f)
	if err != nil {
		return nil, fmt.Errorf("image %s: %w", path, err)
	}
	return m, nil
}

// Fit is [Fitter.Fit] once.
func Fit(img image.Image, input [3]int, o Options) (bytes []byte, resized bool) {
	return NewFitter(input, o).Fit(img)
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
