package draw

import (
	"fmt"
	"strconv"

	"github.com/go-analyze/charts"

	"github.com/resnetgen/resnetgen/runtime/train/eval"
)

const (
	MostClasses  = 200 // classes of a matrix that is drawn: more would be cells of less than two pixels
	mostNumbered = 20  // classes of a matrix whose cells have room for numbers
)

// Confusion draws a test's confusion matrix as format "svg" or "png": of each class, a row, the
// share of its images, in percent, that were taken for each class, a column.
func Confusion(t *eval.Test, title string, names []string, format string) ([]byte, error) {
	side := 640
	if t.Classes > mostNumbered {
		side = 1000
	}
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: format, Width: side, Height: side})
	option := charts.NewHeatMapOptionWithData(shares(t))
	option.Title.Text = shortened(title, longestTitle)
	labels := shortLabels(names)
	option.Padding = charts.NewBoxEqual(16)
	zero, all := 0.0, 100.0
	option.ScaleMinValue, option.ScaleMaxValue = &zero, &all
	option.XAxis = charts.HeatMapAxis{Title: "taken for", Labels: labels, LabelRotation: charts.DegreesToRadians(45)}
	option.YAxis = charts.HeatMapAxis{Title: "class", Labels: labels}
	if t.Classes <= mostNumbered {
		option.XAxis.LabelCount, option.YAxis.LabelCount = t.Classes, t.Classes
		show := true
		option.ValuesLabel = charts.SeriesLabel{Show: &show, ValueFormatter: percent, Offset: charts.OffsetInt{Left: -7}}
	}
	if err := p.HeatMapChart(option); err != nil {
		return nil, fmt.Errorf("draw the confusion matrix: %w", err)
	}
	picture, err := p.Bytes()
	if err != nil {
		return nil, fmt.Errorf("draw the confusion matrix: %w", err)
	}
	return picture, nil
}

// percent writes what is worth a number; two digits fit under the label's offset.
func percent(v float64) string {
	if v < 0.5 {
		return ""
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}

// shares returns the confusion matrix in percent of each row.
func shares(t *eval.Test) [][]float64 {
	rows := make([][]float64, t.Classes)
	for label := range rows {
		counts := t.Confusion[label*t.Classes:][:t.Classes]
		all := 0
		for _, n := range counts {
			all += n
		}
		rows[label] = make([]float64, t.Classes)
		for guess, n := range counts {
			rows[label][guess] = 100 * float64(n) / float64(max(all, 1))
		}
	}
	return rows
}
