//go:build campaign && linux

package e2e

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"sync"
	"testing"
)

var smallImage = sync.OnceValue(func() []byte {
	var text bytes.Buffer
	_ = png.Encode(&text, image.NewGray(image.Rect(0, 0, 28, 28)))
	return text.Bytes()
})

// bigPNG is a white PNG of side² pixels with alpha.
func bigPNG(side, depth int) string {
	var data bytes.Buffer
	z, _ := zlib.NewWriterLevel(&data, zlib.BestSpeed)
	row := append([]byte{0}, bytes.Repeat([]byte{0xff}, side*depth/2)...)
	for range side {
		_, _ = z.Write(row)
	}
	_ = z.Close()
	text := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, data []byte) {
		text = binary.BigEndian.AppendUint32(text, uint32(len(data)))
		body := append([]byte(kind), data...)
		text = append(text, body...)
		text = binary.BigEndian.AppendUint32(text, crc32.ChecksumIEEE(body))
	}
	head := binary.BigEndian.AppendUint32(nil, uint32(side))
	head = binary.BigEndian.AppendUint32(head, uint32(side))
	chunk("IHDR", append(head, byte(depth), 6, 0, 0, 0))
	chunk("IDAT", data.Bytes())
	chunk("IEND", nil)
	return string(text)
}

func bigGIF(t *testing.T, side int) string {
	t.Helper()
	var text bytes.Buffer
	m := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.Black, color.White})
	if err := gif.Encode(&text, m, nil); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// scans is a progressive JPEG of a grey image, which is computed again for each scan: after the
// first, of the means, all are of one coefficient that is zero, as runs of blocks.
func scans(side, n int) string {
	var text []byte
	segment := func(marker byte, data ...byte) {
		text = append(text, 0xff, marker)
		text = binary.BigEndian.AppendUint16(text, uint16(len(data)+2))
		text = append(text, data...)
	}
	text = append(text, 0xff, 0xd8)
	segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...)...)
	segment(0xc2, 8, byte(side>>8), byte(side), byte(side>>8), byte(side), 1, 1, 0x11, 0)
	counts := append([]byte{1}, make([]byte, 15)...)
	segment(0xc4, append(append([]byte{0x00}, counts...), 0)...)    // the code 0: no difference of means
	segment(0xc4, append(append([]byte{0x10}, counts...), 0xe0)...) // the code 0: 2^14 blocks and more end here
	blocks := (side + 7) / 8 * ((side + 7) / 8)
	segment(0xda, 1, 1, 0, 0, 0, 0)
	text = append(text, make([]byte, (blocks+7)/8)...)
	for k := range n {
		c := byte(1 + k%63)
		segment(0xda, 1, 1, 0, c, c, 0)
		text = append(text, make([]byte, (blocks/(1<<14)+1)*15/8+2)...)
	}
	return string(append(text, 0xff, 0xd9))
}
