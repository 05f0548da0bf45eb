package train

import "fmt"

// draw writes the pictures: the curves and, if the test set has been run, its confusion matrix.
func (r *runner) draw() error {
	title := fmt.Sprintf("%s on %s", r.Info.Name, r.Train.Name)
	names := classNames(r.Train.ClassNames, r.Info.Classes)
	for _, format := range []string{"svg", "png"} {
		curves, err := r.history.curves(title, format)
		if err != nil {
			return err
		}
		if err := r.Out.write("curves."+format, curves); err != nil {
			return err
		}
		if r.tested == nil || r.tested.Classes > mostDrawn {
			continue
		}
		confusion, err := r.tested.confusion(title, names, format)
		if err != nil {
			return err
		}
		if err := r.Out.write("confusion."+format, confusion); err != nil {
			return err
		}
	}
	return nil
}
