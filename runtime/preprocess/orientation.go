package preprocess

import (
	"encoding/binary"
	"image"
	"image/color"
)

// orientation says how an image is stored, as EXIF numbers it: 1 as it is shown, 2 mirrored, 3
// upside down, 4 both, 5 to 8 on its side. Others count as 1.
//
// Source: CIPA DC-008 (Exif 2.3), 4.6.4 A, Orientation.
type orientation int

// turned says that the stored rows are columns of the image as shown.
func (o orientation) turned() bool { return 5 <= o && o <= 8 }

// upright says that the image is stored as it is shown.
func (o orientation) upright() bool { return o < 2 || o > 8 }

// stored returns where a pixel of the image as shown is, in a stored image of the given size.
func (o orientation) stored(x, y int, size image.Point) (int, int) {
	right, bottom := size.X-1, size.Y-1
	switch o {
	case 2:
		return right - x, y
	case 3:
		return right - x, bottom - y
	case 4:
		return x, bottom - y
	case 5:
		return y, x
	case 6:
		return y, bottom - x
	case 7:
		return right - y, bottom - x
	case 8:
		return right - y, x
	}
	return x, y
}

// part returns where a part of the image as shown is, in a stored image with the given bounds.
func (o orientation) part(shown, stored image.Rectangle) image.Rectangle {
	x0, y0 := o.stored(shown.Min.X, shown.Min.Y, stored.Size())
	x1, y1 := o.stored(shown.Max.X-1, shown.Max.Y-1, stored.Size())
	return image.Rect(min(x0, x1), min(y0, y1), max(x0, x1)+1, max(y0, y1)+1).Add(stored.Min)
}

// oriented is a stored image as it is shown. It copies no pixels; [Fitter.Fit] turns only those
// that it has made.
type oriented struct {
	image.Image // as stored
	orientation orientation
}

// orient returns an image as it is shown, with its first pixel at 0, 0 unless it is upright.
func orient(stored image.Image, o orientation) image.Image {
	if o.upright() {
		return stored
	}
	return &oriented{stored, o}
}

func (m *oriented) Bounds() image.Rectangle {
	size := m.Image.Bounds().Size()
	if m.orientation.turned() {
		size.X, size.Y = size.Y, size.X
	}
	return image.Rectangle{Max: size}
}

func (m *oriented) At(x, y int) color.Color {
	if !image.Pt(x, y).In(m.Bounds()) {
		return m.ColorModel().Convert(color.Transparent)
	}
	bounds := m.Image.Bounds()
	x, y = m.orientation.stored(x, y, bounds.Size())
	return m.Image.At(bounds.Min.X+x, bounds.Min.Y+y)
}

// Opaque says that the stored image is.
func (m *oriented) Opaque() bool { return opaque(m.Image) }

// exifMost is how many bytes of EXIF are read: the orientation is near the beginning.
const exifMost = 1 << 16

// exifOrientation reads the orientation from EXIF, with or without the identifier of JPEG's segment
// before it. It is 1 if there is none, or the EXIF is broken.
//
// Its own reader, since the orientation is one entry of one table.
func exifOrientation(exif []byte) orientation {
	const (
		upright        = 1
		tagOrientation = 0x0112
		typeShort      = 3
		header, entry  = 8, 12 // bytes
	)
	if begins(exif, exifIdentifier) {
		exif = exif[len(exifIdentifier):]
	}
	var order binary.ByteOrder
	switch {
	case begins(exif, "II*\x00"):
		order = binary.LittleEndian
	case begins(exif, "MM\x00*"):
		order = binary.BigEndian
	}
	if order == nil || len(exif) < header {
		return upright
	}
	at := uint64(order.Uint32(exif[4:]))
	if at+2 > uint64(len(exif)) {
		return upright
	}
	entries := exif[at+2:]
	for range order.Uint16(exif[at:]) {
		if len(entries) < entry {
			break
		}
		if order.Uint16(entries) == tagOrientation && order.Uint16(entries[2:]) == typeShort && order.Uint32(entries[4:]) == 1 {
			if o := orientation(order.Uint16(entries[8:])); !o.upright() {
				return o
			}
			break
		}
		entries = entries[entry:]
	}
	return upright
}

const exifIdentifier = "Exif\x00\x00"
