package preprocess

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"
)

// exif returns EXIF with an orientation of a type.
func exif(order binary.AppendByteOrder, orientation, kind uint16) []byte {
	begin := "II*\x00"
	if order.String() == "BigEndian" {
		begin = "MM\x00*"
	}
	b := order.AppendUint32([]byte(begin), 8)
	b = order.AppendUint16(b, 2)
	b = append(b, make([]byte, 12)...) // another entry
	b = order.AppendUint16(order.AppendUint16(b, 0x0112), kind)
	b = order.AppendUint16(order.AppendUint32(b, 1), orientation)
	return append(b, make([]byte, 6)...)
}

// TestExifOrientation reads orientations, and takes what is broken for none.
func TestExifOrientation(t *testing.T) {
	const short = 3
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		for o := range uint16(10) {
			want := orientation(o)
			if o < 1 || o > 8 {
				want = 1
			}
			b := exif(order, o, short)
			if got := exifOrientation(b); got != want {
				t.Errorf("%v, %d: got %d", order, o, got)
			}
			if got := exifOrientation(append([]byte(exifIdentifier), b...)); got != want {
				t.Errorf("%v, %d with an identifier: got %d", order, o, got)
			}
			for n := range b {
				if got := exifOrientation(b[:n]); got != 1 && got != want {
					t.Errorf("%v, %d cut to %d bytes: got %d", order, o, n, got)
				}
			}
		}
		if got := exifOrientation(exif(order, 6, 2)); got != 1 {
			t.Errorf("%v, as text: got %d, want 1", order, got)
		}
		far := exif(order, 6, short)
		for _, at := range []uint32{0xffffffff, 0xfffffff0, uint32(len(far)), uint32(len(far)) - 1} {
			if got := exifOrientation(order.AppendUint32(bytes.Clone(far[:4]), at)); got != 1 {
				t.Errorf("%v, a table at %d: got %d, want 1", order, at, got)
			}
		}
	}
}

// numbered is an image whose pixels are numbers from the left above.
func numbered(width, height int) *image.Gray {
	m := image.NewGray(image.Rect(0, 0, width, height))
	for i := range m.Pix {
		m.Pix[i] = byte(10 * (i + 1))
	}
	return m
}

// orientations are the pixels of an image as shown, whose stored rows are 10 20 30 and 40 50 60.
var orientations = [9][]byte{
	1: {10, 20, 30, 40, 50, 60},
	2: {30, 20, 10, 60, 50, 40},
	3: {60, 50, 40, 30, 20, 10},
	4: {40, 50, 60, 10, 20, 30},
	5: {10, 40, 20, 50, 30, 60},
	6: {40, 10, 50, 20, 60, 30},
	7: {60, 30, 50, 20, 40, 10},
	8: {30, 60, 20, 50, 10, 40},
}

// TestOrientation holds what is shown of a PNG with EXIF before or behind its pixels: by Decode,
// and to a network.
func TestOrientation(t *testing.T) {
	var file bytes.Buffer
	if err := png.Encode(&file, numbered(3, 2)); err != nil {
		t.Fatal(err)
	}
	whole := file.Bytes()
	for o := 1; o <= 8; o++ {
		for place, at := range map[string]int{"before": 33, "behind": len(whole) - 12} {
			data := exif(binary.BigEndian, uint16(o), 3)
			chunk := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
			chunk = append(append(chunk, "eXIf"...), data...)
			chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
			in := bytes.NewReader(append(append(bytes.Clone(whole[:at]), chunk...), whole[at:]...))
			h, err := ReadHeader(in)
			if err != nil {
				t.Fatal(err)
			}
			m, err := Decode(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			if size := m.Bounds().Size(); size != image.Pt(h.Width, h.Height) || (h.Width == 2) != (o >= 5) {
				t.Errorf("%d %s: got %v and a header of %d×%d", o, place, size, h.Width, h.Height)
			}
			var got []byte
			for y := range h.Height {
				for x := range h.Width {
					got = append(got, color.GrayModel.Convert(m.At(x, y)).(color.Gray).Y)
				}
			}
			fitted, resized := Fit(m, [3]int{h.Height, h.Width, 1}, Options{})
			if want := orientations[o]; !bytes.Equal(got, want) || resized || !bytes.Equal(fitted, want) {
				t.Errorf("%d %s: got %v, to a network %v, want %v", o, place, got, fitted, want)
			}
		}
	}
}

// TestOrientedFit holds that a network sees of a turned image what it sees of one that was stored
// so: cropped and resized.
func TestOrientedFit(t *testing.T) {
	stored := image.NewRGBA(image.Rect(3, 5, 3+41, 5+30))
	for i := range stored.Pix {
		stored.Pix[i] = byte(i*i>>3 + i)
		if i%4 == 3 {
			stored.Pix[i] = 0xff
		}
	}
	for o := orientation(1); o <= 8; o++ {
		m := orient(stored, o)
		size := m.Bounds().Size()
		shown := image.NewRGBA(image.Rectangle{Max: size})
		for y := range size.Y {
			for x := range size.X {
				shown.Set(x, y, m.At(m.Bounds().Min.X+x, m.Bounds().Min.Y+y))
			}
		}
		f := NewFitter([3]int{7, 16, 3}, Options{})
		want, _ := Fit(shown, [3]int{7, 16, 3}, Options{})
		for range 2 {
			got, resized := f.Fit(m)
			for i := range want {
				if d := int(got[i]) - int(want[i]); d < -1 || d > 1 || !resized { // sums are in another order
					t.Fatalf("%d: got byte %d is %d, want %d", o, i, got[i], want[i])
				}
			}
			f.Fit(stored) // of another size and orientation in between
		}
		if m.At(-1, 0) != m.ColorModel().Convert(color.Transparent) && o > 1 {
			t.Errorf("%d: got %v beside the image", o, m.At(-1, 0))
		}
	}
}

// TestJPEGSegments holds that EXIF is found behind other segments, and nothing else is taken for
// it.
func TestJPEGSegments(t *testing.T) {
	var file bytes.Buffer
	if err := jpeg.Encode(&file, image.NewRGBA(image.Rect(0, 0, 24, 8)), nil); err != nil {
		t.Fatal(err)
	}
	segment := func(marker byte, content string) string {
		return "\xff" + string([]byte{marker}) + string(binary.BigEndian.AppendUint16(nil, uint16(len(content)+2))) + content
	}
	turn := exifIdentifier + string(exif(binary.LittleEndian, 6, 3))
	for name, c := range map[string]struct {
		segments string
		turned   bool
	}{
		"none":              {"", false},
		"EXIF":              {segment(0xe1, turn), true},
		"behind JFIF":       {segment(0xe0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00") + segment(0xe1, turn), true},
		"behind a comment":  {segment(0xfe, "\xff\xd9\xff\xda") + segment(0xe5, "EXTRA") + "\xff\xff" + segment(0xe1, turn), true},
		"XMP":               {segment(0xe1, `http://ns.adobe.com/xap/1.0/`+"\x00"+`<x tiff:Orientation="6"/>`), false},
		"XMP, then EXIF":    {segment(0xe1, "http://ns.adobe.com/xap/1.0/\x00<x/>") + segment(0xe1, turn), true},
		"in another":        {segment(0xe2, turn), false},
		"EXIF and a second": {segment(0xe1, turn) + segment(0xe1, exifIdentifier+string(exif(binary.BigEndian, 1, 3))), true},
		"broken EXIF":       {segment(0xe1, turn[:20]), false},
		"longest":           {segment(0xe1, turn+string(make([]byte, 0xffff-2-len(turn)))), true},
	} {
		in := bytes.NewReader(append([]byte("\xff\xd8"+c.segments), file.Bytes()[2:]...))
		h, err := ReadHeader(in)
		if err != nil || (h.Width == 8) != c.turned || h.Width*h.Height != 24*8 {
			t.Errorf("%s: got %+v and error %v, want turned: %t", name, h, err, c.turned)
		}
		if m, err := Decode(t.Context(), in); err != nil || (m.Bounds().Dx() == 8) != c.turned {
			t.Errorf("%s: got error %v, want turned: %t", name, err, c.turned)
		}
	}
}
