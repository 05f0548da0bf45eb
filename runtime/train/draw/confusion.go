package draw

import (
	"math"
	"strconv"

	"github.com/go-analyze/charts"

	"github.com/resnetgen/resnetgen/runtime/train/eval"
)

const (
	MaxClasses  = 200 // classes of a matrix that is drawn: more would be cells of less than two pixels
	maxNumbered = 20  // classes of a matrix whose cells have room for numbers
)

// Confusion draws a test's confusion matrix as format "svg" or "png": a row for each class, a
// column for each prediction. A cell is the share of the class's images, in percent.
func Confusion(t *eval.Test, title string, names []string, theme *Theme, format string) ([]byte, error) {
	labels := shortLabels(names)
	cell := max(2, min(40, 800/t.Classes))
	side := cell * t.Classes
	m := &matrix{cell: cell, y: 96}
	longest := measure(labels, format)
	m.x = margin + max(longest, 40) + labelGap
	bottom := m.y + side + 2*labelGap + int(float64(longest)*math.Sqrt2/2)
	m.canvas = newCanvas(max(m.x+side+margin, 480), bottom+margin+2*fontSize, title, format, theme)
	m.write("percent of each class's images", margin, margin+40, left, fontSize, theme.text)
	m.write("class", m.x-labelGap, m.y-10, right, fontSize+1, theme.text)
	m.write("prediction", m.x+side/2, bottom+2*fontSize, center, fontSize+1, theme.text)
	m.labels(labels, m.y+side)
	m.cells(shares(t))
	return m.bytes()
}

// labelGap is between a label and its row or column, in pixels.
const labelGap = 8

// measure returns the width of the longest of some labels.
func measure(labels []string, format string) (longest int) {
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: format, Width: 1, Height: 1})
	style := charts.FontStyle{FontSize: fontSize, FontColor: charts.ColorBlack}
	for _, text := range labels {
		longest = max(longest, p.MeasureText(text, 0, style).Width())
	}
	return longest
}

// matrix is a confusion matrix that is being drawn.
type matrix struct {
	*canvas
	cell int // pixels of a cell's side
	x, y int // the upper left corner of the cells
}

// labels writes the classes' names at the rows and, turned, below the columns: all, or every tenth
// where cells are lower than a line of text.
func (m *matrix) labels(names []string, below int) {
	const turn = -math.Pi / 4 // upwards to the right
	every := 1
	if m.cell < fontSize+2 {
		every = 10
	}
	style := charts.FontStyle{FontSize: fontSize, FontColor: m.theme.text}
	for i := 0; i < len(names); i += every {
		middle := i*m.cell + m.cell/2
		m.write(names[i], m.x-labelGap, m.y+middle+4, right, fontSize, m.theme.text)
		width := float64(m.MeasureText(names[i], 0, style).Width())
		x, y := float64(m.x+middle+4)-width*math.Cos(turn), float64(below+labelGap+4)-width*math.Sin(turn)
		m.Text(names[i], int(x), int(y), turn, style)
	}
}

// cells draws the cells, with their numbers where there is room.
func (m *matrix) cells(shares [][]float64) {
	for row, values := range shares {
		for column, v := range values {
			x, y := m.x+column*m.cell, m.y+row*m.cell
			color := mix(m.theme.background, m.theme.share, v/100)
			m.FilledRect(x, y, x+m.cell, y+m.cell, color, m.theme.grid, border(m.cell))
			if text := percent(v); text != "" && len(values) <= maxNumbered {
				m.write(text, x+m.cell/2, y+m.cell/2+4, center, fontSize, readable(color))
			}
		}
	}
}

// border returns the width of the lines between cells: none between those without a label.
func border(cell int) float64 {
	if cell < fontSize+2 {
		return 0
	}
	return 1
}

// percent writes a share that is not rounded to 0.
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
