package preprocess

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
)

// DecoderVersion numbers the ways in which an image file becomes pixels. A checkpoint records it: a
// network that was trained on pixels of one version sees others with the next.
//
//	1  as image/jpeg, image/png, image/gif, x/image/bmp and x/image/webp decode them; what is
//	   transparent is black
//	2  EXIF orientation is applied; what is transparent is composited on white; lossy WebP is
//	   converted from the limited range and its chroma interpolated, as libwebp does it; a GIF's
//	   first frame is placed on its canvas. More files are read: animated WebP, all common forms
//	   of BMP, JPEG with any sampling factors, CMYK JPEG without Adobe's marker.
//
// Other images have the same pixels in both versions.
const DecoderVersion = 2

// Header is what the beginning of an image file says.
type Header struct {
	Format        string // jpeg, png, webp, bmp or gif
	Width, Height int    // in pixels, as shown
	Memory        int64  // bytes that [Decode] takes at most, besides the file
	Work          int64  // pixels that [Decode] computes at most, times passes over the image
}

// fixedMemory is the part of a decoder's memory that does not grow with the image: tables, windows,
// buffers.
const fixedMemory = 1 << 18

// layout is what the scan of a file found: what its image takes, and how it is decoded.
type layout struct {
	Header                  // size, memory and work are those of the stored image; [scan] turns it
	orientation orientation // of the image as shown, from the stored one
	decode      func(*contextReader) (image.Image, error)
}

// ReadHeader reads what decoding an image file will take, without taking it. It begins at the
// file's start, and leaves in there. Its errors for files in formats that are not read wrap
// [image.ErrFormat].
func ReadHeader(in io.ReadSeeker) (Header, error) {
	l, err := scan(in)
	if err != nil {
		return Header{}, err
	}
	return l.Header, nil
}

// scan reads a file's layout, and leaves it at its start.
func scan(in io.ReadSeeker) (*layout, error) {
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	s := newScanner(in)
	f, err := recognize(s)
	if err != nil {
		return nil, err
	}
	l, err := f.scan(s)
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fmt.Errorf("got a broken %s image: the file is truncated: %w", f.name, io.ErrUnexpectedEOF)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", f.name, err)
	}
	if err := checkSize(l.Width, l.Height); err != nil {
		return nil, err
	}
	l.Format = f.name
	if l.orientation.turned() {
		l.Width, l.Height = l.Height, l.Width
	}
	_, err = in.Seek(0, io.SeekStart)
	return l, err
}

// Decode decodes an image file from its start to the image that viewers show: turned as its EXIF
// orientation says, and composited on white where it is transparent. Of an animation it is the
// first frame, on its canvas. Before it takes memory it has checked the header. It stops soon after
// ctx is done, with its error. A decoder's panic is an error.
func Decode(ctx context.Context, in io.ReadSeeker) (decoded image.Image, err error) {
	defer func() {
		if p := recover(); p != nil {
			decoded, err = nil, fmt.Errorf("got an image that cannot be decoded: %v", p)
		}
	}()
	r := &contextReader{ReadSeeker: in, ctx: ctx, most: readMost}
	l, err := scan(r)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	r.ended = false
	decoded, err = l.decode(r)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil && r.ended:
		return nil, fmt.Errorf("got a broken %s image: the file is truncated: %w", l.Format, err)
	case err != nil:
		return nil, fmt.Errorf("got a broken %s image: %w", l.Format, err)
	}
	decoded = orient(onWhite(decoded), l.orientation)
	if size := decoded.Bounds().Size(); size != image.Pt(l.Width, l.Height) {
		return nil, fmt.Errorf("got %v pixels, want %d×%d as the header says", size, l.Width, l.Height)
	}
	return decoded, nil
}

// errNoFrame is the error of a file without an image.
var errNoFrame = errors.New("got no image, want one")

// readMost is how many bytes a decoder gets at a time at most.
const readMost = 1 << 12

// contextReader fails once its context is done, and knows whether its reader has come to its end.
// It gives few bytes at a time: between two reads a decoder has little to do.
type contextReader struct {
	io.ReadSeeker
	ctx   context.Context
	most  int
	ended bool
}

func (r *contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.ReadSeeker.Read(p[:min(len(p), r.most)])
	r.ended = r.ended || errors.Is(err, io.EOF)
	return n, err
}
