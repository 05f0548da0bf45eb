package train

import (
	"fmt"

	"github.com/go-analyze/charts"
)

// curves draws a run's history as format "svg" or "png": the cost of the training batches, and the precision
// on the part that is evaluated, validation or test, over the steps.
func (h *history) curves(title, part, format string) ([]byte, error) {
	names := []string{"cost", "precision on the " + part + " set"}
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: format, Width: 900, Height: 480})
	option := charts.NewLineChartOptionWithSeries(charts.LineSeriesList{
		{Name: names[0], Values: h.costs()},
		{Name: names[1], Values: h.precisions(), YAxisIndex: 1},
	})
	option.Title.Text = shortened(title, longestTitle)
	option.Legend.SeriesNames = names
	option.Legend.Padding = charts.NewBoxEqual(30)
	option.Symbol = charts.Symbol{Shape: charts.SymbolNone}
	option.LineStrokeWidth = 2
	for i, s := range h.summaries {
		option.XAxis.Labels[i] = fmt.Sprint(s.step)
	}
	option.XAxis.Title = "step"
	option.XAxis.LabelCount = 10
	zero, one := 0.0, 1.0
	option.YAxis = []charts.YAxisOption{{Title: "cost", Min: &zero}, {Title: "precision", Min: &zero, Max: &one}}
	if err := p.LineChart(option); err != nil {
		return nil, fmt.Errorf("draw the curves: %w", err)
	}
	picture, err := p.Bytes()
	if err != nil {
		return nil, fmt.Errorf("draw the curves: %w", err)
	}
	return picture, nil
}

func (h *history) costs() []float64 {
	values := make([]float64, len(h.summaries))
	for i, s := range h.summaries {
		values[i] = s.cost
	}
	return values
}

// precisions returns the precision at the step of each summary, on the straight line between two evaluations.
func (h *history) precisions() []float64 {
	values := make([]float64, len(h.summaries))
	for i, s := range h.summaries {
		values[i] = h.precisionAt(s.step)
	}
	return values
}

func (h *history) precisionAt(step int) float64 {
	for i, e := range h.evaluations {
		if step > e.step {
			continue
		}
		if step == e.step || i == 0 {
			return map[bool]float64{true: e.precision, false: charts.GetNullValue()}[step == e.step]
		}
		before := h.evaluations[i-1]
		t := float64(step-before.step) / float64(e.step-before.step)
		return before.precision + t*(e.precision-before.precision)
	}
	return charts.GetNullValue()
}
