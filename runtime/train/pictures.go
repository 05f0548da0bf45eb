package train

import (
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/train/draw"
	"github.com/resnetgen/resnetgen/runtime/train/eval"
)

// draw writes the pictures: the curves and, if the test set has been run, its confusion matrix.
func (r *runner) draw() {
	about, part := fmt.Sprintf("%s on %s", r.Info.Name, r.images.Train.Name), r.images.MeasuredPart()
	title, of := draw.Title(r.folder.History, about, ""), draw.Title(r.folder.History, about, ", "+part+" set")
	names := eval.ClassNames(r.images.Train.ClassNames, r.Info.Classes)
	for _, format := range []string{"svg", "png"} {
		r.folder.Picture("curves."+format, func() ([]byte, error) { return draw.Curves(r.folder.History, title, part, format) })
		if r.tested != nil && r.tested.Classes <= draw.MostClasses {
			r.folder.Picture("confusion."+format, func() ([]byte, error) { return draw.Confusion(r.tested, of, names, format) })
		}
	}
}
