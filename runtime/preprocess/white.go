package preprocess

import (
	"image"
	"image/color"
)

// opaque says that no pixel of an image is transparent.
func opaque(m image.Image) bool {
	if o, ok := m.(interface{ Opaque() bool }); ok {
		return o.Opaque()
	}
	bounds := m.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			if _, _, _, a := m.At(x, y).RGBA(); a != 0xffff {
				return false
			}
		}
	}
	return true
}

// over is a channel on white: v is multiplied by the opacity a. All are 0 to 65,535.
func over(v, a uint32) uint32 { return min(v+0xffff-a, 0xffff) }

// overByte is [over] rounded to a byte.
func overByte(v, a uint32) byte { return byte((over(v, a)*0xff + 0x7fff) / 0xffff) }

// onWhite composites a decoded image on white, in place where its pixels allow it. An opaque image
// stays as it is.
func onWhite(m image.Image) image.Image {
	switch m := m.(type) {
	case *image.NRGBA:
		for i := 0; i < len(m.Pix); i += 4 {
			if a := m.Pix[i+3]; a != 0xff {
				pixelOnWhite(m.Pix[i:i+4:i+4], uint32(a))
			}
		}
	case *image.NRGBA64:
		for i := 0; i < len(m.Pix); i += 8 {
			if m.Pix[i+6] != 0xff || m.Pix[i+7] != 0xff {
				widePixelOnWhite(m.Pix[i : i+8 : i+8])
			}
		}
	case *image.Paletted:
		m.Palette = paletteOnWhite(m.Palette)
	default:
		if !opaque(m) {
			return partOnWhite(m, m.Bounds())
		}
	}
	return m
}

// pixelOnWhite makes a pixel of four bytes with the opacity a opaque.
func pixelOnWhite(p []byte, a uint32) {
	const wide = 0x101 // from 8 bits to 16
	for c := range 3 {
		p[c] = overByte(uint32(p[c])*wide*a/0xff, a*wide)
	}
	p[3] = 0xff
}

// widePixelOnWhite makes a pixel of four big-endian numbers opaque.
func widePixelOnWhite(p []byte) {
	a := uint32(p[6])<<8 | uint32(p[7])
	for c := range 3 {
		v := over((uint32(p[2*c])<<8|uint32(p[2*c+1]))*a/0xffff, a)
		p[2*c], p[2*c+1] = byte(v>>8), byte(v)
	}
	p[6], p[7] = 0xff, 0xff
}

// paletteOnWhite returns a palette of opaque colors; one of such colors stays as it is.
func paletteOnWhite(p color.Palette) color.Palette {
	copied := false
	for i, c := range p {
		r, g, b, a := c.RGBA()
		if a == 0xffff {
			continue
		}
		if !copied {
			p, copied = append(color.Palette(nil), p...), true
		}
		p[i] = color.RGBA{overByte(r, a), overByte(g, a), overByte(b, a), 0xff}
	}
	return p
}

// partOnWhite returns a copy of a part of an image, composited on white, with its first pixel at 0,
// 0.
func partOnWhite(m image.Image, part image.Rectangle) image.Image {
	copied := image.NewRGBA(image.Rectangle{Max: part.Size()})
	i := 0
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			r, g, b, a := m.At(x, y).RGBA()
			p := copied.Pix[i : i+4 : i+4]
			p[0], p[1], p[2], p[3] = overByte(r, a), overByte(g, a), overByte(b, a), 0xff
			i += 4
		}
	}
	return copied
}
