// Package picture turns pictures of any size into what a network takes: decoding, cropping, resizing, standardizing.
package picture

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/gif"  // formats that are read
	_ "image/jpeg" //
	_ "image/png"  //
	"io"
	"io/fs"
	"os"

	_ "golang.org/x/image/bmp" // and these
	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp" //
)

// The sizes of the largest picture that is read: pixels, and bytes of its file.
const (
	maxPixels      = 1 << 26
	maxPictureFile = 1 << 28
)

// Read reads a JPEG, PNG, WebP, BMP or GIF file (of the latter the first picture). Whatever is in the file, it
// returns a picture or an error that names the file.
func Read(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("image: %w", err)
	}
	defer f.Close() //nolint:errcheck // nothing was written
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("image: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxPictureFile {
		return nil, fmt.Errorf("image %s: got %s of %d bytes, want a file of at most %d", path, kind(info.Mode()), info.Size(), maxPictureFile)
	}
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
	if header.Width < 1 || header.Height < 1 || header.Width > maxPixels/header.Height {
		return nil, fmt.Errorf("got %d×%d pixels, want 1 to %d", header.Width, header.Height, maxPixels)
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

// Fit returns a picture's bytes as a network of one or three channels takes them, [height][width][channels]: the
// largest part of its centre that has the input's proportions, resized (by Catmull and Rom's kernel, widened where that
// makes smaller) if it is of another size; one channel is its brightness, three are red, green and blue. What is
// transparent is black.
func Fit(picture image.Image, input [3]int) (bytes []byte, resized bool) {
	size := image.Rect(0, 0, input[1], input[0])
	part := centre(picture.Bounds(), input[1], input[0])
	small := image.NewRGBA(size)
	resized = picture.Bounds().Size() != size.Size()
	if resized {
		draw.CatmullRom.Scale(small, size, picture, part, draw.Src, nil)
	} else {
		draw.Draw(small, size, picture, part.Min, draw.Src)
	}
	bytes = make([]byte, 0, input[0]*input[1]*input[2])
	for y := range input[0] {
		for x := range input[1] {
			pixel := small.RGBAAt(x, y)
			if input[2] == 1 {
				bytes = append(bytes, color.GrayModel.Convert(color.RGBA{pixel.R, pixel.G, pixel.B, 255}).(color.Gray).Y)
			} else {
				bytes = append(bytes, pixel.R, pixel.G, pixel.B)
			}
		}
	}
	return bytes, resized
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
