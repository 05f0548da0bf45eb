package picture

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/gif"  // formats that are read
	_ "image/jpeg" //
	_ "image/png"  //
	"io"

	_ "golang.org/x/image/bmp"  // and these
	_ "golang.org/x/image/webp" //
)

// Header is what the beginning of an image file says.
type Header struct {
	Format        string // jpeg, png, webp, bmp or gif
	Width, Height int    // in pixels, as shown
	Memory        int64  // bytes that [Decode] takes at most, besides the file
	Work          int64  // pixels that [Decode] computes at most, counted once a pass over the image
}

// ReadHeader reads what decoding the image will take, without taking it. It leaves in at its start.
func ReadHeader(in io.ReadSeeker) (Header, error) {
	config, name, err := image.DecodeConfig(in)
	if err != nil {
		return Header{}, fmt.Errorf("got no JPEG, PNG, WebP, BMP or GIF: %w", err)
	}
	if err := checkSize(config.Width, config.Height); err != nil {
		return Header{}, err
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return Header{}, err
	}
	pixels := int64(config.Width) * int64(config.Height)
	return Header{name, config.Width, config.Height, 1<<16 + 2*pixels*pixelBytes(config.ColorModel), pixels}, nil
}

func pixelBytes(m color.Model) int64 {
	switch m {
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	}
	return 4
}

// Decode decodes an image, whose header it has checked before it takes memory for it. It stops soon after ctx is done, with its
// error. A decoder's panic is an error.
func Decode(ctx context.Context, in io.ReadSeeker) (picture image.Image, err error) {
	defer func() {
		if p := recover(); p != nil {
			picture, err = nil, fmt.Errorf("got a picture that cannot be decoded: %v", p)
		}
	}()
	r := &watchedReader{ReadSeeker: in, ctx: ctx}
	header, err := ReadHeader(r)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	r.ended = false
	picture, name, err := image.Decode(r)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, ctx.Err()
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

// watchedReader fails once its context is done, and knows whether its reader has come to its end.
type watchedReader struct {
	io.ReadSeeker
	ctx   context.Context
	ended bool
}

func (r *watchedReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.ReadSeeker.Read(p)
	r.ended = r.ended || errors.Is(err, io.EOF)
	return n, err
}
