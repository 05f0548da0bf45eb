package draw

import (
	"math"

	"github.com/go-analyze/charts"

	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// Plot says how a run's curves are drawn.
type Plot struct {
	Title         string
	Part          string // the part of the data that is evaluated: validation or test
	StepsPerEpoch int
	Theme         *Theme
}

// Curves draws a run's history as format "svg" or "png", over its epochs: in one panel the loss, in
// another the accuracy, each of the training batches and of the evaluations, which are marks.
func Curves(h *runs.History, plot Plot, format string) ([]byte, error) {
	const (
		width, height = 900, 600
		first, second = 82, 344 // the panels' upper edges
		tall          = 196
	)
	c := newCanvas(width, height, plot.Title, format, plot.Theme)
	losses, accuracies := plot.series(h)
	last := 0.0
	for _, s := range [][]series{losses, accuracies} {
		for _, one := range s {
			for _, p := range one.points {
				last = max(last, p.epoch)
			}
		}
	}
	epochs := newAxis(0, last, 10, 70, width-margin)
	low, high := span(losses)
	c.panel("loss", losses, epochs, newAxis(min(low, 0), high, 5, first+tall, first).rounded(), "")
	low, _ = span(accuracies)
	c.panel("accuracy", accuracies, epochs, newAxis(min(low, 99), 100, 5, second+tall, second).rounded(), " %")
	c.write("epoch", (epochs.from+epochs.to)/2, height-margin/2, center, fontSize, c.theme.text)
	return c.bytes()
}

// series is a line of a panel.
type series struct {
	name   string
	color  charts.Color
	marks  bool // a mark for each point
	points []point
}

type point struct{ epoch, value float64 }

// series returns the lines of both panels: losses, and accuracies in percent.
func (plot Plot) series(h *runs.History) (losses, accuracies []series) {
	const batches = "training batches"
	evaluated := plot.Part + " set"
	loss := [2]series{{name: batches, color: plot.Theme.training}, {name: evaluated, color: plot.Theme.evaluation, marks: true}}
	accuracy := loss
	at := func(step int) float64 { return float64(step) / float64(max(plot.StepsPerEpoch, 1)) }
	for _, s := range h.Summaries {
		loss[0].add(at(s.Step), s.Loss)
		accuracy[0].add(at(s.Step), 100*s.Accuracy)
	}
	for _, e := range h.Evaluations {
		loss[1].add(at(e.Step), e.Loss)
		accuracy[1].add(at(e.Step), 100*e.Accuracy)
	}
	return loss[:], accuracy[:]
}

// add appends a point, unless its value is NaN or Inf.
func (s *series) add(epoch, value float64) {
	if !math.IsNaN(value) && !math.IsInf(value, 0) {
		s.points = append(s.points, point{epoch, value})
	}
}

// span returns the least and the largest value of some series, or 0 and 0.
func span(all []series) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, s := range all {
		for _, p := range s.points {
			low, high = min(low, p.value), max(high, p.value)
		}
	}
	if low > high {
		return 0, 0
	}
	return low, high
}

// panel draws series between two axes, with a title, a grid and a legend.
func (c *canvas) panel(title string, all []series, x, y axis, unit string) {
	for _, v := range y.ticks() {
		at := y.pixel(v)
		c.LineStroke([]charts.Point{{X: x.from, Y: at}, {X: x.to, Y: at}}, c.theme.grid, 1)
		c.write(y.label(v)+unit, x.from-8, at+4, right, fontSize, c.theme.text)
	}
	for _, v := range x.ticks() {
		at := x.pixel(v)
		c.LineStroke([]charts.Point{{X: at, Y: y.from}, {X: at, Y: y.from + 4}}, c.theme.text, 1)
		c.write(x.label(v), at, y.from+20, center, fontSize, c.theme.text)
	}
	c.write(title, margin, y.to-14, left, fontSize+1, c.theme.text)
	c.legend(all, x.to, y.to-14)
	for _, s := range all {
		points := make([]charts.Point, len(s.points))
		for i, p := range s.points {
			points[i] = charts.Point{X: x.pixel(p.epoch), Y: y.pixel(p.value)}
		}
		if len(points) > 1 {
			c.LineStroke(points, s.color, 1.5)
		}
		if s.marks || len(points) == 1 {
			for _, p := range points {
				c.Circle(3, p.X, p.Y, s.color, s.color, 1)
			}
		}
	}
}

// legend names series in a line of text that ends at x.
func (c *canvas) legend(all []series, x, y int) {
	for i := len(all) - 1; i >= 0; i-- {
		s := all[i]
		x -= c.write(s.name, x, y, right, fontSize, c.theme.text) + 8
		c.LineStroke([]charts.Point{{X: x - 24, Y: y - 4}, {X: x, Y: y - 4}}, s.color, 2)
		if s.marks {
			c.Circle(3, x-12, y-4, s.color, s.color, 1)
		}
		x -= 24 + margin
	}
}
