package train

import (
	"fmt"
	"os"

	"github.com/resnetgen/resnetgen/runtime/train/eval"
)

// summarize adds rows to what is recorded, and to the files, where a kill leaves them.
func (r *runner) summarize(s summary, v speed) {
	r.history.summaries = append(r.history.summaries, s)
	r.history.speeds = append(r.history.speeds, v)
	if r.Ranks.Leads() && r.lock.holds() {
		r.Out.add(trainCSV, s.row())
		r.Out.add(speedCSV, v.row())
	}
}

// add adds a row to a file of records, if that is possible: they are written whole behind each checkpoint, and what fails is told then.
func (f Folder) add(name, row string) {
	path := f.path(name)
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return // opening a pipe waits
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return
	}
	_, _ = file.WriteString(row)
	_ = file.Close()
}

// record writes what has been recorded.
func (r *runner) record() {
	files := r.history.files()
	for _, name := range []string{trainCSV, evalCSV, speedCSV} {
		r.outputs.Try(name, func() error { return r.Out.write(name, files[name]) })
	}
	r.outputs.Try(testCSV, func() error { return r.recordFinal(files[testCSV]) })
}

// draw writes the pictures: the curves and, if the test set has been run, its confusion matrix.
func (r *runner) draw() {
	about, part := fmt.Sprintf("%s on %s", r.Info.Name, r.Train.Name), r.measuredName()
	title, of := r.history.titled(about, ""), r.history.titled(about, ", "+part+" set")
	names := eval.ClassNames(r.Train.ClassNames, r.Info.Classes)
	for _, format := range []string{"svg", "png"} {
		r.picture("curves."+format, func() ([]byte, error) { return r.history.curves(title, part, format) })
		if r.tested != nil && r.tested.Classes <= mostDrawn {
			r.picture("confusion."+format, func() ([]byte, error) { return confusion(r.tested, of, names, format) })
		}
	}
}

// picture draws a file.
func (r *runner) picture(name string, draw func() ([]byte, error)) {
	r.outputs.Try(name, func() error {
		picture, err := draw()
		if err != nil {
			return err
		}
		return r.Out.write(name, picture)
	})
}
