package draw

import (
	"math"

	"github.com/go-analyze/charts"
)

// Theme is a set of colors.
type Theme struct {
	Suffix     string // of a picture's file name
	background charts.Color
	text       charts.Color
	grid       charts.Color
	training   charts.Color // of the training batches' curves
	evaluation charts.Color // of the evaluations' curves
	share      charts.Color // of a confusion matrix's cell with all of a class's images
}

// Themes are the sets of colors that each picture is drawn with.
var Themes = []Theme{
	{
		background: rgb(0xffffff), text: rgb(0x333333), grid: rgb(0xdddddd),
		training: rgb(0x4269d0), evaluation: rgb(0xc2410c), share: rgb(0x08306b),
	},
	{
		Suffix: "-dark", background: rgb(0x14171c), text: rgb(0xe4e6ea), grid: rgb(0x363b44),
		training: rgb(0x7ea6ff), evaluation: rgb(0xffa94d), share: rgb(0x9ecaff),
	},
}

// rgb is the color of a hexadecimal number.
func rgb(v uint32) charts.Color {
	return charts.Color{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 255}
}

// mix returns the color at a share of the way from one to another.
func mix(from, to charts.Color, share float64) charts.Color {
	at := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + share*(float64(b)-float64(a)))) }
	return charts.Color{R: at(from.R, to.R), G: at(from.G, to.G), B: at(from.B, to.B), A: 255}
}

// readable returns black or white, whichever has the higher contrast with a background: at least
// 4.58.
func readable(background charts.Color) charts.Color {
	black, white := rgb(0x000000), rgb(0xffffff)
	if contrast(black, background) > contrast(white, background) {
		return black
	}
	return white
}

// contrast returns the contrast ratio of two colors, 1 to 21 (Web Content Accessibility Guidelines
// 2.2, "contrast ratio").
func contrast(a, b charts.Color) float64 {
	lighter, darker := luminance(a), luminance(b)
	if lighter < darker {
		lighter, darker = darker, lighter
	}
	return (lighter + 0.05) / (darker + 0.05)
}

// luminance returns a color's relative luminance, 0 to 1 (the same guidelines).
func luminance(c charts.Color) float64 {
	linear := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}
