package preprocess

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"io"
	"math/bits"
)

// bmpFile is what the headers of a BMP file say.
//
// Its own reader: x/image/bmp refuses run lengths, masks, 16 bits and OS/2, and what else reads
// these has no releases and takes memory before it checks.
//
// Source: Windows GDI, Bitmap Storage and BITMAPV5HEADER; OS/2 Presentation Manager, Bitmap File
// Format.
type bmpFile struct {
	width, height int
	topDown       bool
	bits          int // a pixel
	compression   uint32
	masks         [4]uint32 // red, green, blue, alpha
	palette       color.Palette
	pixels        int64 // where they begin in the file
}

// Compressions of BMP.
const (
	bmpRGB            = 0
	bmpRLE8           = 1
	bmpRLE4           = 2
	bmpBitFields      = 3
	bmpAlphaBitFields = 6
	bmpRLE24          = 100 // OS/2's number is that of JPEG
)

// Bytes of BMP's headers.
const (
	bmpFileHeader = 14
	bmpCore       = 12 // OS/2 1.x
	bmpShortOS2   = 16 // OS/2 2.x, with as many of its fields as there are
	bmpInfo       = 40
	bmpMaskedInfo = 52 // with masks
	bmpAlphaInfo  = 56 // with a mask of alpha
	bmpOS2        = 64
	bmpV5         = 124
)

func scanBMP(s *scanner) (*layout, error) {
	begin, err := s.bytes(bmpFileHeader + 4)
	if err != nil {
		return nil, err
	}
	f := bmpFile{pixels: int64(binary.LittleEndian.Uint32(begin[10:]))}
	size := int64(binary.LittleEndian.Uint32(begin[bmpFileHeader:]))
	if size != bmpCore && (size < bmpShortOS2 || size > bmpV5) {
		return nil, fmt.Errorf("got a header of %d bytes, want 12, or 16 to 124", size)
	}
	info := make([]byte, bmpV5) // zeros are what fields that are not there mean
	if _, err := io.ReadFull(s, info[4:size]); err != nil {
		return nil, err
	}
	os2 := size == bmpCore || size == bmpOS2 || size < bmpInfo
	f.readInfo(info, size == bmpCore, os2)
	if err := f.check(os2); err != nil {
		return nil, err
	}
	at := bmpFileHeader + size
	if n, err := f.readMasks(s, info, size); err != nil {
		return nil, err
	} else {
		at += n
	}
	if at, err = f.readPalette(s, int64(binary.LittleEndian.Uint32(info[32:])), at, size == bmpCore); err != nil {
		return nil, err
	}
	f.pixels = max(f.pixels, at)
	l := &layout{Header: Header{Width: f.width, Height: f.height}, decode: f.decode}
	l.Work = int64(f.width) * int64(f.height)
	bytes := int64(4)
	if f.palette != nil {
		bytes = 1
	}
	l.Memory = fixedMemory + l.Work*bytes + int64(f.width)*4
	return l, nil
}

// readInfo reads the fields of the second header.
func (f *bmpFile) readInfo(info []byte, core, os2 bool) {
	u16, u32 := binary.LittleEndian.Uint16, binary.LittleEndian.Uint32
	if core {
		f.width, f.height, f.bits = int(u16(info[4:])), int(u16(info[6:])), int(u16(info[10:]))
		return
	}
	f.width, f.height = int(int32(u32(info[4:]))), int(int32(u32(info[8:])))
	if f.height < 0 {
		f.height, f.topDown = -f.height, true
	}
	f.bits, f.compression = int(u16(info[14:])), u32(info[16:])
	if os2 && f.compression == 4 {
		f.compression = bmpRLE24
	}
}

// check names the kinds that are not read.
func (f *bmpFile) check(os2 bool) error {
	const convert = "convert to PNG"
	fits := false
	switch f.compression {
	case bmpRGB:
		switch f.bits {
		case 1, 2, 4, 8, 16, 24, 32:
			fits = true
		}
	case bmpRLE8:
		fits = f.bits == 8
	case bmpRLE4:
		fits = f.bits == 4
	case bmpRLE24:
		fits = f.bits == 24
	case bmpBitFields, bmpAlphaBitFields:
		if os2 && f.bits == 1 {
			return fmt.Errorf("got Huffman coding: %s", convert)
		}
		fits = f.bits == 16 || f.bits == 32
	case 4:
		return fmt.Errorf("got a JPEG inside: %s", convert)
	case 5:
		return fmt.Errorf("got a PNG inside: %s", convert)
	}
	if !fits {
		return fmt.Errorf("got %d bits a pixel with compression %d: %s", f.bits, f.compression, convert)
	}
	return nil
}

// readMasks reads where the channels are in a pixel. It returns how many bytes behind the header
// that took.
func (f *bmpFile) readMasks(s *scanner, info []byte, size int64) (int64, error) {
	f.masks = [4]uint32{0xff0000, 0xff00, 0xff, 0}
	if f.bits == 16 {
		f.masks = [4]uint32{0x7c00, 0x3e0, 0x1f, 0}
	}
	if f.compression != bmpBitFields && f.compression != bmpAlphaBitFields {
		return 0, nil
	}
	masks, behind := info[bmpInfo:bmpAlphaInfo], int64(0)
	if size < bmpMaskedInfo {
		behind = 12
		if f.compression == bmpAlphaBitFields {
			behind = 16
		}
		if _, err := io.ReadFull(s, masks[:behind]); err != nil {
			return 0, err
		}
	}
	for i := range f.masks {
		f.masks[i] = binary.LittleEndian.Uint32(masks[4*i:])
	}
	return behind, nil
}

// readPalette reads the colors, of which the header names so many, from a position, and returns the
// position behind them.
func (f *bmpFile) readPalette(s *scanner, named, at int64, core bool) (int64, error) {
	if f.bits > 8 {
		return at, nil // colors for screens that have few
	}
	entry := int64(4)
	if core {
		entry = 3
	}
	all := int64(1) << f.bits
	n := all
	if named > 0 && named < all {
		n = named
	}
	if f.pixels > at {
		n = min(n, (f.pixels-at)/entry)
	}
	f.palette = make(color.Palette, all)
	for i := range f.palette {
		f.palette[i] = color.RGBA{A: 0xff}
	}
	for i := range f.palette[:n] {
		b, err := s.bytes(int(entry))
		if err != nil {
			return 0, err
		}
		f.palette[i] = color.RGBA{b[2], b[1], b[0], 0xff}
	}
	return at + n*entry, nil
}

func (f *bmpFile) decode(r *contextReader) (image.Image, error) {
	if _, err := r.Seek(f.pixels, io.SeekStart); err != nil {
		return nil, err
	}
	in := bufio.NewReader(r)
	bounds := image.Rect(0, 0, f.width, f.height)
	switch {
	case f.palette != nil:
		m := image.NewPaletted(bounds, f.palette)
		if f.compression != bmpRGB {
			d := runs{in: in, bmpFile: f, put: func(at int, p []byte) { m.Pix[at] = p[0] }}
			return m, d.decode()
		}
		return m, f.rows(in, f.bits, func(y int, row []byte) { unpack(m.Pix[y*m.Stride:][:f.width], row, f.bits) })
	case f.compression == bmpRLE24:
		m := blackRGBA(bounds)
		d := runs{in: in, bmpFile: f, put: func(at int, p []byte) {
			m.Pix[4*at], m.Pix[4*at+1], m.Pix[4*at+2] = p[2], p[1], p[0]
		}}
		return m, d.decode()
	case f.bits == 24:
		m := blackRGBA(bounds)
		return m, f.rows(in, 24, func(y int, row []byte) {
			to := m.Pix[y*m.Stride:][:4*f.width]
			for i, j := 0, 0; i < len(to); i, j = i+4, j+3 {
				to[i], to[i+1], to[i+2] = row[j+2], row[j+1], row[j]
			}
		})
	}
	return f.masked(in, bounds)
}

func blackRGBA(bounds image.Rectangle) *image.RGBA {
	m := image.NewRGBA(bounds)
	for i := 3; i < len(m.Pix); i += 4 {
		m.Pix[i] = 0xff
	}
	return m
}

// rows reads rows of pixels of so many bits, each of whole words of 32.
func (f *bmpFile) rows(in io.Reader, bits int, put func(y int, row []byte)) error {
	row := make([]byte, (f.width*bits+31)/32*4)
	for i := range f.height {
		y := f.row(i)
		used := (f.width*bits + 7) / 8
		if n, err := io.ReadFull(in, row); err != nil && (n < used || i < f.height-1) {
			return err
		}
		put(y, row)
	}
	return nil
}

// row returns where the row with the number i in the file is in the image.
func (f *bmpFile) row(i int) int {
	if f.topDown {
		return i
	}
	return f.height - 1 - i
}

// unpack writes the numbers of colors of a row.
func unpack(dst, row []byte, bits int) {
	each, mask := 8/bits, byte(1<<bits-1)
	for x := range dst {
		dst[x] = row[x/each] >> (8 - bits - x%each*bits) & mask
	}
}

// masked reads pixels of 16 or 32 bits. Where no pixel has alpha, all are opaque: writers leave it
// empty.
func (f *bmpFile) masked(in io.Reader, bounds image.Rectangle) (image.Image, error) {
	m := image.NewNRGBA(bounds)
	bytes, some := f.bits/8, byte(0)
	var channels [4]channel
	for c, mask := range f.masks {
		channels[c] = newChannel(mask)
	}
	alpha := f.masks[3] != 0
	err := f.rows(in, f.bits, func(y int, row []byte) {
		to := m.Pix[y*m.Stride:][:4*f.width]
		for i := 0; i < len(to); i += 4 {
			v := uint32(row[0]) | uint32(row[1])<<8
			if bytes == 4 {
				v |= uint32(row[2])<<16 | uint32(row[3])<<24
			}
			row = row[bytes:]
			to[i], to[i+1], to[i+2], to[i+3] = channels[0].of(v), channels[1].of(v), channels[2].of(v), 0xff
			if alpha {
				to[i+3] = channels[3].of(v)
				some |= to[i+3]
			}
		}
	})
	if alpha && some == 0 {
		for i := 3; i < len(m.Pix); i += 4 {
			m.Pix[i] = 0xff
		}
	}
	return m, err
}

// channel is where a channel is in a pixel.
type channel struct {
	mask  uint32
	shift int
	most  uint64
}

func newChannel(mask uint32) channel {
	if mask == 0 {
		return channel{most: 1}
	}
	shift := bits.TrailingZeros32(mask)
	return channel{mask, shift, uint64(mask >> shift)}
}

// of returns the channel of a pixel as a byte.
func (c channel) of(pixel uint32) byte {
	return byte((uint64(pixel&c.mask>>c.shift)*0xff + c.most/2) / c.most)
}
