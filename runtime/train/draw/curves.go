package draw

import (
	"fmt"

	"github.com/go-analyze/charts"

	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// Curves draws a run's history as format "svg" or "png": the loss of the training batches, and the
// accuracy on the part that is evaluated, validation or test, over the steps.
func Curves(h *runs.History, title, part, format string) ([]byte, error) {
	names := []string{"loss", "accuracy on the " + part + " set"}
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: format, Width: 900, Height: 480})
	option := charts.NewLineChartOptionWithSeries(charts.LineSeriesList{
		{Name: names[0], Values: losses(h)},
		{Name: names[1], Values: accuracies(h), YAxisIndex: 1},
	})
	option.Title.Text = shortened(title, longestTitle)
	option.Legend.SeriesNames = names
	option.Legend.Padding = charts.NewBoxEqual(30)
	option.Symbol = charts.Symbol{Shape: charts.SymbolNone}
	option.LineStrokeWidth = 2
	for i, s := range h.Summaries {
		option.XAxis.Labels[i] = fmt.Sprint(s.Step)
	}
	option.XAxis.Title = "step"
	option.XAxis.LabelCount = 10
	zero, one := 0.0, 1.0
	option.YAxis = []charts.YAxisOption{{Title: "loss", Min: &zero}, {Title: "accuracy", Min: &zero, Max: &one}}
	if err := p.LineChart(option); err != nil {
		return nil, fmt.Errorf("draw the curves: %w", err)
	}
	picture, err := p.Bytes()
	if err != nil {
		return nil, fmt.Errorf("draw the curves: %w", err)
	}
	return picture, nil
}

func losses(h *runs.History) []float64 {
	values := make([]float64, len(h.Summaries))
	for i, s := range h.Summaries {
		values[i] = s.Loss
	}
	return values
}

// accuracies returns the accuracy at the step of each summary, on the straight line between two
// evaluations.
func accuracies(h *runs.History) []float64 {
	values := make([]float64, len(h.Summaries))
	for i, s := range h.Summaries {
		values[i] = accuracyAt(h, s.Step)
	}
	return values
}

func accuracyAt(h *runs.History, step int) float64 {
	for i, e := range h.Evaluations {
		if step > e.Step {
			continue
		}
		if step == e.Step || i == 0 {
			return map[bool]float64{true: e.Accuracy, false: charts.GetNullValue()}[step == e.Step]
		}
		before := h.Evaluations[i-1]
		t := float64(step-before.Step) / float64(e.Step-before.Step)
		return before.Accuracy + t*(e.Accuracy-before.Accuracy)
	}
	return charts.GetNullValue()
}
