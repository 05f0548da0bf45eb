package network

import "fmt"

// Preprocess says how images of any size become a network's input, before they are standardized. It
// has the fields of preprocess.Options, which networks do not link: the zero value is that of specs
// without the key preprocess.
type Preprocess struct {
	Resize        int    `json:"resize"`        // shorter side of what the input is cut from, in pixels
	Fit           string `json:"fit"`           // crop, stretch or pad
	Interpolation string `json:"interpolation"` // bilinear or bicubic
	Channels      string `json:"channels"`      // rgb or bgr
}

// Describe says in words how an image becomes an input of height, width and channels.
func (p *Preprocess) Describe(input [3]int) string {
	height, width := input[0], input[1]
	short := min(height, width)
	size, from := fmt.Sprintf("%d×%d", height, width), fmt.Sprintf("%d×%d", height*p.Resize/short, width*p.Resize/short)
	if p.Fit == "crop" {
		from = fmt.Sprintf("a shorter side of %d", p.Resize)
	}
	text := map[string]string{"crop": "resized to", "stretch": "stretched to", "pad": "resized to fit into"}[p.Fit]
	text = fmt.Sprintf("%s %s (%s)", text, from, p.Interpolation)
	if p.Fit == "crop" || p.Resize > short {
		text += ", cropped to " + size
	}
	if p.Fit == "pad" {
		text += ", padded with black"
	}
	if input[2] == 3 {
		text += ", channels " + p.Channels
	}
	return text
}
