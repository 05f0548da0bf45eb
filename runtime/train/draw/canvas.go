package draw

import (
	"fmt"

	"github.com/go-analyze/charts"
)

const (
	fontSize  = 12
	titleSize = 16
	margin    = 20 // pixels around a picture
)

// canvas is a picture that is being drawn. The charts library draws lines and text as SVG and PNG.
// Its own line charts have no numbers on their x axis, and its heat maps too little contrast.
type canvas struct {
	*charts.Painter
	theme *Theme
}

// newCanvas returns a picture of the theme's background with a title.
func newCanvas(width, height int, title, format string, theme *Theme) *canvas {
	c := &canvas{charts.NewPainter(charts.PainterOptions{OutputFormat: format, Width: width, Height: height}), theme}
	c.FilledRect(0, 0, width, height, theme.background, theme.background, 0)
	c.write(shortened(title, longestTitle), margin, margin+16, left, titleSize, theme.text)
	return c
}

// bytes returns the picture's file.
func (c *canvas) bytes() ([]byte, error) {
	picture, err := c.Bytes()
	if err != nil {
		return nil, fmt.Errorf("draw a picture: %w", err)
	}
	return picture, nil
}

// The part of a text that stands at its place.
const (
	left = iota
	center
	right
)

// write writes a line of text whose baseline is at y, and returns its width.
func (c *canvas) write(text string, x, y, at int, size float64, color charts.Color) int {
	style := charts.FontStyle{FontSize: size, FontColor: color}
	width := c.MeasureText(text, 0, style).Width()
	c.Text(text, x-at*width/2, y, 0, style)
	return width
}
