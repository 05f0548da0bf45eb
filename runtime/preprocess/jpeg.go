package preprocess

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"strings"
)

// Markers of JPEG.
//
// Source: ITU-T T.81, table B.1.
const (
	markerSOF0  = 0xc0 // baseline
	markerSOF1  = 0xc1 // extended
	markerSOF2  = 0xc2 // progressive
	markerDHT   = 0xc4
	markerJPG   = 0xc8
	markerDAC   = 0xcc
	markerSOF15 = 0xcf
	markerRST0  = 0xd0
	markerSOI   = 0xd8
	markerEOI   = 0xd9
	markerSOS   = 0xda
	markerDQT   = 0xdb
	markerDRI   = 0xdd
	markerAPP0  = 0xe0
	markerAPP1  = 0xe1
	markerAPP14 = 0xee
	markerTEM   = 0x01
)

// jpegFile is what the segments of a JPEG file say.
type jpegFile struct {
	frame         byte // the marker of the frame's header, 0 before it
	width, height int
	sampling      [][2]int // horizontally and vertically, for each component
	thirds        bool     // the only component has a factor of 3, which stands for 1
	rgb           bool     // of components that are called so
	jfif          bool     // has JFIF's segment: it is not RGB
	orientation   orientation
	adobe         bool // has Adobe's segment
	transform     byte // in Adobe's segment
	scans         int
}

// maxScans is how many scans a JPEG has at most. Encoders write about ten; each costs a pass over
// the image, however few bytes it has.
const maxScans = 500

func scanJPEG(s *scanner) (*layout, error) {
	var f jpegFile
	for {
		marker, err := nextMarker(s)
		if err == nil {
			err = f.segment(s, marker)
		}
		if errors.Is(err, errEndOfJPEG) || f.scans > 0 && errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	if f.scans > maxScans {
		return nil, fmt.Errorf("got %d scans or more, want at most %d", f.scans, maxScans)
	}
	if f.frame == 0 {
		return nil, errors.New("got no frame header, want one")
	}
	l := &layout{Header: Header{Width: f.width, Height: f.height}, orientation: f.orientation, decode: f.decode}
	l.Memory, l.Work = f.memory(), int64(f.width)*int64(f.height)
	if f.frame == markerSOF2 { // a scan has a part of the bits
		l.Work += l.Work * int64(f.scans) / 4
	}
	return l, nil
}

// errEndOfJPEG says that no later segment counts.
var errEndOfJPEG = errors.New("the end of a JPEG")

// nextMarker passes over all bytes before a marker that has a segment, or ends the file, and reads
// it.
func nextMarker(s *scanner) (byte, error) {
	for {
		if _, err := s.ReadSlice(0xff); errors.Is(err, bufio.ErrBufferFull) {
			continue
		} else if err != nil {
			return 0, err
		}
		b := byte(0xff)
		for b == 0xff {
			var err error
			if b, err = s.ReadByte(); err != nil {
				return 0, err
			}
		}
		if b > markerTEM && (b < markerRST0 || b > markerSOI) {
			return b, nil
		}
	}
}

// segment reads the segment after a marker, as far as it counts.
func (f *jpegFile) segment(s *scanner, marker byte) error {
	if marker == markerEOI {
		return errEndOfJPEG
	}
	length, err := s.bytes(2)
	if err != nil {
		return err
	}
	n := int(binary.BigEndian.Uint16(length)) - 2
	if n < 0 {
		return fmt.Errorf("got a segment of %d bytes, want 2 or more", n+2)
	}
	switch marker {
	case markerAPP0, markerAPP1, markerAPP14:
		content, err := s.bytes(n)
		if err != nil {
			return err
		}
		f.application(marker, content)
		return nil
	case markerSOS:
		f.scans++
		if f.frame != markerSOF2 || f.scans > maxScans {
			return errEndOfJPEG
		}
	case markerDHT, markerJPG, markerDAC:
	default:
		if markerSOF0 <= marker && marker <= markerSOF15 && f.frame == 0 {
			content, err := s.bytes(n)
			if err != nil {
				return err
			}
			return f.readFrame(marker, content)
		}
	}
	return s.skip(int64(n))
}

// application reads an application's segment.
func (f *jpegFile) application(marker byte, content []byte) {
	switch {
	case marker == markerAPP0:
		f.jfif = begins(content, "JFIF\x00")
	case marker == markerAPP1 && begins(content, exifIdentifier) && f.orientation == 0:
		f.orientation = exifOrientation(content)
	case marker == markerAPP14 && begins(content, "Adobe") && len(content) >= 12:
		f.adobe, f.transform = true, content[11]
	}
}

// readFrame reads a frame's header. It names the kinds that are not read.
func (f *jpegFile) readFrame(marker byte, content []byte) error {
	const convert = "convert to a baseline JPEG or PNG"
	switch marker {
	case markerSOF0, markerSOF1, markerSOF2:
	case 0xc3:
		return fmt.Errorf("got lossless coding: %s", convert)
	case 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf:
		return fmt.Errorf("got arithmetic coding: %s", convert)
	default:
		return fmt.Errorf("got hierarchical coding: %s", convert)
	}
	if len(content) < 6 || len(content) != 6+3*int(content[5]) {
		return fmt.Errorf("got a frame header of %d bytes, want 6, and 3 for each component", len(content))
	}
	if bits := content[0]; bits != 8 {
		return fmt.Errorf("got %d-bit samples: %s", bits, convert)
	}
	f.frame = marker
	f.height, f.width = int(binary.BigEndian.Uint16(content[1:])), int(binary.BigEndian.Uint16(content[3:]))
	var names []byte
	for c := content[6:]; len(c) > 0; c = c[3:] {
		names = append(names, c[0])
		h, v := int(c[1]>>4), int(c[1]&15)
		if h < 1 || h > 4 || v < 1 || v > 4 {
			return fmt.Errorf("got a sampling factor of %d×%d, want 1 to 4", h, v)
		}
		f.sampling = append(f.sampling, [2]int{h, v})
	}
	if len(f.sampling) == 1 { // in its only scan each block is a unit
		first := f.sampling[0]
		f.thirds, f.sampling[0] = first[0] == 3 || first[1] == 3, [2]int{1, 1}
	}
	if n := len(names); n != 1 && n != 3 && n != 4 {
		return fmt.Errorf("got %d components: %s", n, convert)
	}
	f.rgb = string(names) == "RGB"
	return nil
}

// memory is what the decoder takes: samples in whole blocks, coefficients, and pixels that are not
// YCbCr.
func (f *jpegFile) memory() int64 {
	most := [2]int{1, 1}
	for _, c := range f.sampling {
		most = [2]int{max(most[0], c[0]), max(most[1], c[1])}
	}
	units := func(size, factor int) int64 { return int64((size + 8*factor - 1) / (8 * factor)) }
	across, down := units(f.width, most[0]), units(f.height, most[1])
	samples, pixels := int64(0), int64(f.width)*int64(f.height)
	for _, c := range f.sampling {
		samples += across * down * 64 * int64(c[0]*c[1])
	}
	memory := fixedMemory + samples
	switch {
	case !f.usual():
		return memory + 2*samples + 4*pixels
	case f.frame == markerSOF2:
		memory += 4 * samples
	}
	if len(f.sampling) == 4 || f.rgb || f.adobe && f.transform == 0 {
		memory += 4 * pixels
	}
	return memory
}

// usual says that image/jpeg reads components with these sampling factors.
func (f *jpegFile) usual() bool {
	one, first := [2]int{1, 1}, f.sampling[0]
	switch len(f.sampling) {
	case 1:
		return !f.thirds
	case 3:
		second := f.sampling[1]
		return first[0] != 3 && first[1] < 3 && first[0]%second[0] == 0 && first[1]%second[1] == 0 && f.sampling[2] == second
	}
	return (first == one || first == [2]int{2, 2}) && f.sampling[1] == one && f.sampling[2] == one && f.sampling[3] == first
}

// progressiveMost is how many bytes of a progressive JPEG are decoded between two looks at the
// context: a scan of the whole image may have that many.
const progressiveMost = 1 << 7

// adobeSegment says that components are neither YCbCr nor YCbCrK.
const adobeSegment = "\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"

func (f *jpegFile) decode(r *contextReader) (image.Image, error) {
	if f.frame == markerSOF2 {
		r.most = progressiveMost
	}
	if !f.usual() {
		return f.decodeSampled(r)
	}
	var in io.Reader = r
	bare := len(f.sampling) == 4 && !f.adobe
	if bare { // the decoder refuses these
		if _, err := r.Seek(2, io.SeekStart); err != nil {
			return nil, err
		}
		in = io.MultiReader(strings.NewReader("\xff\xd8"+adobeSegment), r)
	}
	m, err := jpeg.Decode(in)
	if cmyk, ok := m.(*image.CMYK); ok && bare { // of Adobe's they are inverted
		for i, v := range cmyk.Pix {
			cmyk.Pix[i] = 255 - v
		}
	}
	return m, err
}
