package preprocess

import (
	"image"

	"golang.org/x/image/draw"
)

// stripReader reads the rows of an image, as it is shown, in a network's channels. It converts
// strips of several rows at a time: a row of an image that is stored on its side is a column, and
// reading one pixel of each stored row takes as long as reading several.
type stripReader struct {
	columns, rows line // that are read
	channels      int
	bgr           bool
	stored        image.Image
	turn          orientation
	strip         *image.RGBA // rows from y on, as stored
	y, height     int
	bytes         []byte // of the row
}

// stripPixels is how many pixels a strip has, unless a single row has more.
const stripPixels = 1 << 16

func newStripReader(o *Options, columns, rows line, channels int) stripReader {
	width := columns.last - columns.first
	height := min(max(stripPixels/width, 1), rows.last-rows.first)
	return stripReader{
		columns: columns, rows: rows, channels: channels, bgr: o.Channels == BGR, height: height,
		strip: image.NewRGBA(image.Rect(0, 0, width, height)), bytes: make([]byte, width*channels),
	}
}

// open makes a stored image the one that is read, from its first row on.
func (r *stripReader) open(stored image.Image, turn orientation) {
	r.stored, r.turn, r.y = stored, turn, r.rows.first-r.height
}

// row returns a row's bytes, valid until the next call. Rows are asked for in order.
func (r *stripReader) row(y int) []byte {
	if y >= r.y+r.height {
		r.read(y)
	}
	from := r.turn.storedOffset(r.strip, 0, y-r.y)
	step := r.turn.storedOffset(r.strip, 1, y-r.y) - from
	pix, bytes := r.strip.Pix, r.bytes
	switch {
	case r.channels == 1:
		for x := range bytes {
			bytes[x] = luma(pix[from], pix[from+1], pix[from+2])
			from += step
		}
	case r.bgr:
		for x := 0; x < len(bytes); x += 3 {
			bytes[x], bytes[x+1], bytes[x+2] = pix[from+2], pix[from+1], pix[from]
			from += step
		}
	default:
		for x := 0; x < len(bytes); x += 3 {
			bytes[x], bytes[x+1], bytes[x+2] = pix[from], pix[from+1], pix[from+2]
			from += step
		}
	}
	return bytes
}

// read reads the strip of rows from y on.
func (r *stripReader) read(y int) {
	shown := image.Rect(r.columns.first, y, r.columns.last, min(y+r.height, r.rows.last))
	part := r.turn.part(shown, r.stored.Bounds())
	r.strip.Rect = image.Rectangle{Max: part.Size()}
	r.strip.Stride = 4 * part.Dx()
	draw.Draw(r.strip, r.strip.Rect, r.stored, part.Min, draw.Src)
	r.y = y
}

// storedOffset returns where a pixel of an image as shown is among the bytes of the stored one.
func (o orientation) storedOffset(m *image.RGBA, x, y int) int {
	return m.PixOffset(o.stored(x, y, m.Rect.Max))
}

// luma is the brightness of a pixel, rounded as in Pillow's convert("L").
func luma(r, g, b byte) byte {
	return byte((19595*uint32(r) + 38470*uint32(g) + 7471*uint32(b) + 1<<15) >> 16)
}
