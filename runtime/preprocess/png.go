package preprocess

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/png"
)

// maxChunks is how many chunks of a PNG are looked at: EXIF may stand behind the pixels.
const maxChunks = 1 << 16

// pngFile is what the chunks of a PNG file say.
type pngFile struct {
	width, height           int
	depth, kind, interlaced byte
	transparent             bool // a color of a type without alpha
	orientation             orientation
}

// Types of color.
//
// Source: PNG (third edition), 11.2.1 IHDR.
const (
	pngGray      = 0
	pngRGB       = 2
	pngPalette   = 3
	pngGrayAlpha = 4
	pngRGBA      = 6
)

func scanPNG(s *scanner) (*layout, error) {
	const signature, lengthAndType, checksum, ihdr = 8, 8, 4, 13
	begin, err := s.bytes(signature + lengthAndType + ihdr)
	if err != nil {
		return nil, err
	}
	if string(begin[12:16]) == "CgBI" {
		return nil, errors.New("got Apple's variant for devices: convert to PNG")
	}
	if length := binary.BigEndian.Uint32(begin[signature:]); length != ihdr || string(begin[12:16]) != "IHDR" {
		return nil, fmt.Errorf("got %q of %d bytes at the beginning, want IHDR of %d", begin[12:16], length, ihdr)
	}
	width, height := binary.BigEndian.Uint32(begin[16:]), binary.BigEndian.Uint32(begin[20:])
	if width > maxPixels || height > maxPixels {
		return nil, fmt.Errorf("got %d×%d pixels, want at most %d", width, height, maxPixels)
	}
	f := pngFile{width: int(width), height: int(height), depth: begin[24], kind: begin[25], interlaced: begin[28]}
	if s.skip(checksum) == nil {
		f.readChunks(s)
	}
	l := &layout{Header: Header{Width: f.width, Height: f.height}, orientation: f.orientation}
	l.decode = func(r *contextReader) (image.Image, error) { return png.Decode(r) }
	l.Work = int64(width) * int64(height)
	l.Memory = fixedMemory + l.Work*f.pixelBytes()
	if f.interlaced != 0 { // the passes are images of their own
		l.Memory *= 2
		l.Work *= 2
	}
	l.Memory += 4 * 8 * int64(width) // rows
	return l, nil
}

// readChunks looks for what counts up to the end, or to what is broken: the decoder says so.
func (f *pngFile) readChunks(s *scanner) {
	for range maxChunks {
		begin, err := s.bytes(8)
		if err != nil {
			return
		}
		length := int64(binary.BigEndian.Uint32(begin))
		switch string(begin[4:]) {
		case "IEND":
			return
		case "tRNS":
			f.transparent = true
		case "eXIf":
			exif, err := s.bytes(int(min(length, exifMost)))
			if err != nil {
				return
			}
			length -= int64(len(exif))
			if f.orientation == 0 {
				f.orientation = exifOrientation(exif)
			}
		}
		if s.skip(length+4) != nil {
			return
		}
	}
}

// pixelBytes is what a pixel takes in the image that is decoded.
func (f *pngFile) pixelBytes() int64 {
	wide := int64(1)
	if f.depth > 8 {
		wide = 2
	}
	switch {
	case f.kind == pngPalette:
		return 1
	case f.kind == pngGray && !f.transparent:
		return wide
	}
	return 4 * wide
}
