package preprocess

import (
	"bytes"
	"encoding/binary"
	"image/color"
	"strings"
	"testing"
)

// bmpOf returns a BMP of 4×2 pixels with a header of a size, two colors for indices, and what
// stands behind the header.
func bmpOf(header, bits, compression int, masks []uint32, pixels ...byte) []byte {
	le := binary.LittleEndian
	info := make([]byte, bmpV5)
	le.PutUint32(info, uint32(header))
	if header == bmpCore {
		copy(info[4:], []byte{4, 0, 2, 0, 1, 0, byte(bits)})
	} else {
		info[4], info[8], info[12], info[14], info[16] = 4, 2, 1, byte(bits), byte(compression)
	}
	info = info[:header]
	for i, m := range masks {
		if header > bmpInfo {
			le.PutUint32(info[bmpInfo+4*i:], m)
		} else {
			info = le.AppendUint32(info, m)
		}
	}
	if bits <= 8 {
		if header >= bmpInfo {
			info[32] = 2
		}
		info = append(info, []byte{1, 2, 3, 0, 4, 5, 6, 0}...)
	}
	b := append([]byte("BM"), make([]byte, 8)...)
	b = le.AppendUint32(b, uint32(bmpFileHeader+len(info)))
	return append(append(b, info...), pixels...)
}

// TestBMP reads what Pillow reads otherwise or not at all: moves, run lengths of 24 bits, short
// headers, masks of all kinds.
func TestBMP(t *testing.T) {
	masks := []uint32{0xff0000, 0xff00, 0xff, 0xff000000}
	for name, c := range map[string]struct {
		file []byte
		want string // red, as digits from the left above: of the colors 3 and 6, or others
	}{
		"a move":               {bmpOf(40, 8, bmpRLE8, nil, 1, 1, 0, 2, 1, 1, 2, 1, 0, 1), "3366" + "6333"},
		"a move in four bits":  {bmpOf(40, 4, bmpRLE4, nil, 3, 0x10, 0, 2, 0, 1, 1, 0x10, 0, 1), "3336" + "6363"},
		"a run beyond its row": {bmpOf(40, 8, bmpRLE8, nil, 9, 1, 0, 0, 2, 1), "6633" + "6666"},
		"without an end":       {bmpOf(40, 8, bmpRLE8, nil, 4, 1, 0, 0, 2, 1), "6633" + "6666"},
		"pixels as they are":   {bmpOf(40, 8, bmpRLE8, nil, 0, 3, 1, 0, 1, 0, 0, 0, 4, 1, 0, 1), "6666" + "6363"},
		"three in four bits":   {bmpOf(40, 4, bmpRLE4, nil, 0, 3, 0x10, 0x10, 0, 0, 0, 1), "3333" + "6363"},
		"24 bits":              {bmpOf(64, 24, 4, nil, 3, 0, 0, 7, 0, 0, 0, 4, 0, 0, 1, 0, 0, 2, 0, 0, 3, 0, 0, 4, 0, 1), "1234" + "7770"},
		"a short header":       {bmpOf(16, 8, 0, nil, 1, 0, 0, 0, 0, 1, 1, 1), "3666" + "6333"},
		"an index too large":   {bmpOf(40, 8, 0, nil, 9, 0, 0, 0, 0, 1, 1, 1), "3666" + "0333"},
		"two bits":             {bmpOf(40, 2, 0, nil, 0x11, 0, 0, 0, 0x55, 0, 0, 0), "6666" + "3636"},
		"a mask of three bits": {bmpOf(40, 16, bmpBitFields, []uint32{7, 0x10, 0}, append(bytes.Repeat([]byte{7, 0}, 4), make([]byte, 8)...)...), "0000" + "xxxx"},
		"alpha behind the header": {bmpOf(40, 32, bmpAlphaBitFields, masks,
			append(bytes.Repeat([]byte{0, 0, 7, 255}, 7), 0, 0, 7, 0)...), "777x" + "7777"},
		"no pixel's alpha": {bmpOf(56, 32, bmpBitFields, masks, bytes.Repeat([]byte{0, 0, 7, 0}, 8)...), "7777" + "7777"},
		"V2":               {bmpOf(52, 32, bmpBitFields, masks[:3], bytes.Repeat([]byte{0, 0, 7, 0}, 8)...), "7777" + "7777"},
		"no row's filling": {bmpOf(40, 1, 0, nil, 0xa0, 0, 0, 0, 0x50), "3636" + "6363"},
	} {
		m, err := Decode(t.Context(), bytes.NewReader(c.file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got strings.Builder
		for i := range 8 {
			digit := color.NRGBAModel.Convert(m.At(i%4, i/4)).(color.NRGBA).R
			if digit == 255 {
				digit = 'x' - '0'
			}
			got.WriteByte('0' + digit)
		}
		if got.String() != c.want {
			t.Errorf("%s: got %s, want %s", name, got.String(), c.want)
		}
	}
}

// TestNoBMP says what is wrong with one that is not read, and not that it is none.
func TestNoBMP(t *testing.T) {
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"Huffman":      {bmpOf(64, 1, 3, nil), "bmp: got Huffman coding: convert to PNG"},
		"JPEG":         {bmpOf(40, 24, 4, nil), "bmp: got a JPEG inside: convert to PNG"},
		"PNG":          {bmpOf(124, 0, 5, nil), "bmp: got a PNG inside: convert to PNG"},
		"CMYK":         {bmpOf(124, 32, 11, nil), "bmp: got 32 bits a pixel with compression 11: convert to PNG"},
		"64 bits":      {bmpOf(40, 64, 0, nil), "bmp: got 64 bits a pixel with compression 0: convert to PNG"},
		"a header":     {bmpOf(40, 8, 0, nil)[:30], "got a broken bmp image: the file is truncated"},
		"pixels":       {bmpOf(40, 24, 0, nil, make([]byte, 17)...), "got a broken bmp image: the file is truncated"},
		"another size": {append(append([]byte("BM"), make([]byte, 12)...), 200, 0, 0, 0), "bmp: got a header of 200 bytes, want 12, or 16 to 124"},
	} {
		if _, err := Decode(t.Context(), bytes.NewReader(c.file)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want %q", name, err, c.want)
		}
	}
}
