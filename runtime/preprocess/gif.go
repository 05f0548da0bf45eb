package preprocess

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"io"
)

// gifFile is what the blocks of a GIF file say up to the first frame.
type gifFile struct {
	begin  [gifBeginning]byte
	canvas image.Point
	frame  image.Rectangle // on the canvas
}

// gifBeginning is how many bytes stand before the first color table or block.
//
// Source: GIF89a, 17 and 18.
const gifBeginning = 13

func scanGIF(s *scanner) (*layout, error) {
	var f gifFile
	if _, err := io.ReadFull(s, f.begin[:]); err != nil {
		return nil, err
	}
	if err := f.findFrame(s); err != nil {
		return nil, err
	}
	// A frame beyond its canvas makes that larger.
	f.canvas.X = max(int(binary.LittleEndian.Uint16(f.begin[6:])), f.frame.Max.X)
	f.canvas.Y = max(int(binary.LittleEndian.Uint16(f.begin[8:])), f.frame.Max.Y)
	l := &layout{Header: Header{Width: f.canvas.X, Height: f.canvas.Y}, decode: f.decode}
	l.Work = int64(f.frame.Dx()) * int64(f.frame.Dy())
	l.Memory = fixedMemory + l.Work
	if f.frame.Size() != f.canvas {
		pixels := int64(f.canvas.X) * int64(f.canvas.Y)
		l.Memory += 4 * pixels
		l.Work += pixels
	}
	return l, nil
}

// findFrame passes over all before the first frame, and reads where that is.
func (f *gifFile) findFrame(s *scanner) error {
	if flags := f.begin[10]; flags&0x80 != 0 { // a color table
		if err := s.skip(3 << (flags&7 + 1)); err != nil {
			return err
		}
	}
	for {
		introducer, err := s.ReadByte()
		if err != nil {
			return err
		}
		switch introducer {
		case 0x21: // an extension: its kind and sub-blocks
			if err := s.skip(1); err != nil {
				return err
			}
			if err := skipSubBlocks(s); err != nil {
				return err
			}
		case 0x2c: // a frame
			b, err := s.bytes(8)
			if err != nil {
				return err
			}
			at := func(i int) int { return int(binary.LittleEndian.Uint16(b[i:])) }
			f.frame = image.Rect(at(0), at(2), at(0)+at(4), at(2)+at(6))
			return nil
		default:
			return errNoFrame
		}
	}
}

func skipSubBlocks(s *scanner) error {
	for {
		size, err := s.ReadByte()
		if err != nil || size == 0 {
			return err
		}
		if err := s.skip(int64(size)); err != nil {
			return err
		}
	}
}

func (f *gifFile) decode(r *contextReader) (image.Image, error) {
	if f.canvas.X > 0xffff || f.canvas.Y > 0xffff {
		return nil, errors.New("got a frame beyond 65,535 pixels, want it on its canvas")
	}
	begin := f.begin // with a canvas that the frame is on
	binary.LittleEndian.PutUint16(begin[6:], uint16(f.canvas.X))
	binary.LittleEndian.PutUint16(begin[8:], uint16(f.canvas.Y))
	if _, err := r.Seek(gifBeginning, io.SeekStart); err != nil {
		return nil, err
	}
	m, err := gif.Decode(io.MultiReader(bytes.NewReader(begin[:]), r))
	if err != nil {
		return nil, err
	}
	if paletted, ok := m.(*image.Paletted); ok {
		paletted.Palette = paletteOnWhite(paletted.Palette)
	}
	return onCanvas(m, f.canvas), nil
}

// onCanvas returns an opaque image on its white canvas.
func onCanvas(m image.Image, size image.Point) image.Image {
	if m.Bounds() == (image.Rectangle{Max: size}) {
		return m
	}
	canvas := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(canvas, canvas.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(canvas, m.Bounds(), m, m.Bounds().Min, draw.Src)
	return canvas
}
