package dataset

import (
	"image"
	"image/color"
)

// GoImage returns image i for people to look at: in color if it has three channels, else its first
// in grey.
func (s *Set) GoImage(i int) image.Image {
	pixels, bounds := s.Image(i), image.Rect(0, 0, s.Width, s.Height)
	if s.Channels == 3 {
		p := image.NewRGBA(bounds)
		for at := range s.Height * s.Width {
			v := pixels[at*3:][:3]
			c := color.RGBA{v[0], v[1], v[2], 255}
			if s.BGR {
				c.R, c.B = c.B, c.R
			}
			p.SetRGBA(at%s.Width, at/s.Width, c)
		}
		return p
	}
	p := image.NewGray(bounds)
	for at := range s.Height * s.Width {
		p.Pix[at] = pixels[at*s.Channels]
	}
	return p
}
