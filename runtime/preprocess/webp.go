package preprocess

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"

	"golang.org/x/image/webp"
)

// webpFile is what the chunks of a WebP file say up to the first frame's image, and its EXIF.
//
// Source: WebP Container Specification; RFC 9649.
type webpFile struct {
	canvas      image.Point
	at          image.Point // of the frame on the canvas
	size        image.Point // of the frame
	alpha       *extent     // of its opacity, or nil
	pixels      *extent
	lossless    bool
	extended    bool // says its canvas
	animated    bool
	orientation orientation
}

const (
	riffHeader = 12 // bytes: RIFF, the size of the rest, WEBP
	riffChunk  = 8  // bytes before a chunk's content: its name, its size
)

func scanWebP(s *scanner) (*layout, error) {
	var f webpFile
	if err := s.skip(riffHeader); err != nil {
		return nil, err
	}
	if err := f.readChunks(s); err != nil {
		return nil, err
	}
	if f.pixels == nil {
		return nil, errNoFrame
	}
	if !f.extended {
		f.canvas = f.size
	}
	frame := image.Rectangle{f.at, f.at.Add(f.size)}
	if !frame.In(image.Rectangle{Max: f.canvas}) || f.extended && !f.animated && f.size != f.canvas {
		return nil, fmt.Errorf("got a frame %v, want it on its canvas of %d×%d", frame, f.canvas.X, f.canvas.Y)
	}
	l := &layout{Header: Header{Width: f.canvas.X, Height: f.canvas.Y}, orientation: f.orientation, decode: f.decode}
	l.Memory, l.Work = f.memory(), int64(f.size.X)*int64(f.size.Y)
	if f.lossless || f.alpha != nil { // the inverse transforms, or the alpha
		l.Work *= 2
	}
	if f.size != f.canvas {
		pixels := int64(f.canvas.X) * int64(f.canvas.Y)
		l.Memory += 4 * pixels
		l.Work += pixels
	}
	return l, nil
}

// readChunks reads the chunks of a file. What is broken behind the image it passes over.
func (f *webpFile) readChunks(s *scanner) error {
	for range maxChunks {
		name, size, err := nextChunk(s)
		if err == nil {
			err = f.readChunk(s, name, size)
		}
		if f.pixels != nil && (err != nil || !f.extended) || errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func nextChunk(s *scanner) (name string, size int64, err error) {
	b, err := s.bytes(riffChunk)
	if err != nil {
		return "", 0, err
	}
	return string(b[:4]), int64(binary.LittleEndian.Uint32(b[4:])), nil
}

// readChunk reads a chunk, as far as it counts, and passes over the rest of it.
func (f *webpFile) readChunk(s *scanner, name string, size int64) error {
	padded := size + size&1
	if f.pixels != nil && name != "EXIF" {
		return s.skip(padded)
	}
	switch name {
	case "VP8X":
		b, err := s.bytes(10)
		if err != nil {
			return err
		}
		f.extended, f.animated, f.canvas = true, b[0]&2 != 0, image.Pt(uint24(b[4:])+1, uint24(b[7:])+1)
		padded -= int64(len(b))
	case "ANMF":
		b, err := s.bytes(16)
		if err != nil {
			return err
		}
		f.at = image.Pt(2*uint24(b), 2*uint24(b[3:]))
		return f.readFrame(s, padded-int64(len(b)))
	case "EXIF":
		exif, err := s.bytes(int(min(size, exifMost)))
		if err != nil {
			return err
		}
		f.orientation = exifOrientation(exif)
		padded -= int64(len(exif))
	case "ALPH", "VP8 ", "VP8L":
		return f.readImage(s, name, size)
	}
	return s.skip(padded)
}

// readFrame reads the chunks of a frame of an animation, which has so many bytes.
func (f *webpFile) readFrame(s *scanner, left int64) error {
	for left >= riffChunk {
		name, size, err := nextChunk(s)
		if err != nil {
			return err
		}
		left -= riffChunk + size + size&1
		switch {
		case left < 0:
			return fmt.Errorf("got a chunk %q of %d bytes beyond its frame", name, size)
		case f.pixels == nil && (name == "ALPH" || name == "VP8 " || name == "VP8L"):
			err = f.readImage(s, name, size)
		default:
			err = s.skip(size + size&1)
		}
		if err != nil {
			return err
		}
	}
	if f.pixels == nil {
		return errNoFrame
	}
	return s.skip(max(left, 0))
}

// readImage reads where an image or its alpha is, and its size, and passes over it.
func (f *webpFile) readImage(s *scanner, name string, size int64) error {
	at, err := s.position()
	if err != nil {
		return err
	}
	part := &extent{at: at, size: size}
	var b []byte
	switch name {
	case "ALPH":
		f.alpha = part
	case "VP8 ":
		if b, err = s.bytes(10); err != nil {
			return err
		}
		if string(b[3:6]) != "\x9d\x01\x2a" {
			return fmt.Errorf("got an image that begins with %q, want a key frame", b)
		}
		const mask = 1<<14 - 1
		sides := image.Pt(uint16At(b[6:])&mask, uint16At(b[8:])&mask)
		if sides.X == 0 || sides.Y == 0 { // VP8X, which alpha needs, cannot say 0
			return fmt.Errorf("got an image of %d×%d pixels, want 1 or more", sides.X, sides.Y)
		}
		f.pixels, f.size = part, sides
	case "VP8L":
		if b, err = s.bytes(5); err != nil {
			return err
		}
		sides := int(binary.LittleEndian.Uint32(b[1:]))
		f.pixels, f.lossless, f.alpha = part, true, nil
		f.size = image.Pt(sides&(1<<14-1)+1, sides>>14&(1<<14-1)+1)
	}
	return s.skip(size + size&1 - int64(len(b)))
}

func uint16At(b []byte) int { return int(binary.LittleEndian.Uint16(b)) }

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// memory is what decoding the frame takes.
func (f *webpFile) memory() int64 {
	pixels := int64(f.size.X) * int64(f.size.Y)
	if f.lossless {
		return fixedMemory + losslessMemory(f.size, f.pixels.size)
	}
	const (
		macroblock     = 16*16*3/2 + 64 // its samples, its state
		firstPartition = 1 << 19        // at most, as the decoder believes the header
	)
	memory := int64((f.size.X+15)/16) * int64((f.size.Y+15)/16) * macroblock
	memory += fixedMemory + firstPartition + 4*pixels // as RGB
	memory += 2 * f.pixels.size                       // the decoder copies the partitions
	if f.alpha != nil {
		memory += losslessMemory(f.size, f.alpha.size) + pixels
	}
	return memory
}

// losslessMemory is what the decoder of VP8L takes for an image in so many bytes: pixels before and
// after the transforms, the transforms' and the groups' tiles of at least 4×4 pixels, and the
// groups' trees, of which the decoder allows 2,600. The smallest group has 2 bytes, the largest
// that has none to spare 15.
func losslessMemory(size image.Point, file int64) int64 {
	const maxGroups, groupMemory, groupBytes = 2600, 54 << 10, 12
	pixels := int64(size.X) * int64(size.Y)
	tiles := int64((size.X+3)/4) * int64((size.Y+3)/4)
	return 8*pixels + 3*4*tiles + min(maxGroups, tiles, file/groupBytes)*groupMemory + 8*groupMemory
}

// decode decodes the first frame: as a file of its own, since the decoder knows no animations.
func (f *webpFile) decode(r *contextReader) (image.Image, error) {
	var parts []io.Reader
	add := func(name string, content io.Reader, size int64) {
		header := binary.LittleEndian.AppendUint32([]byte(name), uint32(size))
		parts = append(parts, bytes.NewReader(header), content)
		if size&1 != 0 {
			parts = append(parts, bytes.NewReader([]byte{0}))
		}
	}
	size := int64(4 + riffChunk + f.pixels.size + f.pixels.size&1)
	if f.alpha != nil {
		const alphaFlag = 1 << 4
		extended := []byte{alphaFlag, 0, 0, 0}
		for _, side := range [2]int{f.size.X - 1, f.size.Y - 1} {
			extended = append(extended, byte(side), byte(side>>8), byte(side>>16))
		}
		add("VP8X", bytes.NewReader(extended), int64(len(extended)))
		add("ALPH", &extent{file: r, at: f.alpha.at, size: f.alpha.size}, f.alpha.size)
		size += riffChunk + int64(len(extended)) + riffChunk + f.alpha.size + f.alpha.size&1
	}
	name := "VP8 "
	if f.lossless {
		name = "VP8L"
	}
	add(name, &extent{file: r, at: f.pixels.at, size: f.pixels.size}, f.pixels.size)
	header := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(size))
	m, err := webp.Decode(io.MultiReader(append([]io.Reader{bytes.NewReader(header), bytes.NewReader([]byte("WEBP"))}, parts...)...))
	if err != nil {
		return nil, err
	}
	switch lossy := m.(type) {
	case *image.YCbCr:
		m = lossyRGB(r.ctx, lossy, nil, 0)
	case *image.NYCbCrA:
		m = lossyRGB(r.ctx, &lossy.YCbCr, lossy.A, lossy.AStride)
	}
	if f.size == f.canvas || r.ctx.Err() != nil {
		return m, r.ctx.Err()
	}
	return onCanvas(moved(onWhite(m), f.at), f.canvas), nil
}

// moved returns an image in another place.
func moved(m image.Image, at image.Point) image.Image {
	switch m := m.(type) {
	case *image.NRGBA:
		m.Rect = m.Rect.Add(at)
	case *image.RGBA:
		m.Rect = m.Rect.Add(at)
	}
	return m
}
