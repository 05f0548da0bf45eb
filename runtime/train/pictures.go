package train

import (
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/train/draw"
	"github.com/resnetgen/resnetgen/runtime/train/eval"
)

// draw writes the pictures: the curves and, if the test set has been run, its confusion matrix.
// Each is an SVG and a PNG file on a light background, and both on a dark one.
func (r *runner) draw() {
	about, part := fmt.Sprintf("%s on %s", r.Info.Name, r.images.Train.Name), r.images.EvalPart()
	title, of := draw.Title(r.folder.History, about, ""), draw.Title(r.folder.History, about, ", "+part+" set")
	names := eval.ClassNames(r.images.Train.ClassNames, r.Info.Classes)
	for i := range draw.Themes {
		theme := &draw.Themes[i]
		plot := draw.Plot{Title: title, Part: part, StepsPerEpoch: r.perEpoch, Theme: theme}
		for _, format := range []string{"svg", "png"} {
			file := theme.Suffix + "." + format
			r.folder.Draw("curves"+file, func() ([]byte, error) { return draw.Curves(r.folder.History, plot, format) })
			if r.tested != nil && r.tested.Classes <= draw.MaxClasses {
				r.folder.Draw("confusion"+file, func() ([]byte, error) { return draw.Confusion(r.tested, of, names, theme, format) })
			}
		}
	}
}
