package train

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"strconv"
	"strings"

	"github.com/resnetgen/resnetgen/internal/inputfile"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// summary is a row of train.csv: what TensorFlow's official model records, of one training step's batch.
type summary struct {
	step         int
	cost         float64
	learningRate float64
	precision    float64
}

// evaluation is a row of eval.csv: the test set after a step.
type evaluation struct {
	step      int
	epoch     int
	precision float64
	best      float64
	xent      float64
	loss      float64
}

// speed is a row of speed.csv: images a second, of the steps since the row before. It has a file of its own since it
// differs from run to run, and nothing else that is recorded does.
type speed struct {
	step            int
	imagesPerSecond float64
}

// final is the row of test.csv: the test part at the end of a run that was evaluated on a validation part until then.
type final struct {
	step int // the run's last
	Final
}

const (
	trainCSV, evalCSV, speedCSV, testCSV = "train.csv", "eval.csv", "speed.csv", "test.csv"

	trainHeader = "step,cost,learning_rate,Precision\n"
	evalHeader  = "step,epoch,Precision,Best Precision,xent,loss\n"
	speedHeader = "step,images_per_second\n"
	testHeader  = "step,tested_step,Precision\n"
)

// history is what a run has recorded so far.
type history struct {
	summaries   []summary
	evaluations []evaluation
	speeds      []speed
	final       *final // nil: there was none after the last evaluation
}

// best returns the first evaluation with the highest precision, or nil.
func (h *history) best() *evaluation {
	var best *evaluation
	for i := range h.evaluations {
		if best == nil || h.evaluations[i].precision > best.precision {
			best = &h.evaluations[i]
		}
	}
	return best
}

// upTo drops what was recorded after a step.
func (h *history) upTo(step int) {
	for len(h.summaries) > 0 && h.summaries[len(h.summaries)-1].step > step {
		h.summaries = h.summaries[:len(h.summaries)-1]
	}
	for len(h.evaluations) > 0 && h.evaluations[len(h.evaluations)-1].step > step {
		h.evaluations = h.evaluations[:len(h.evaluations)-1]
	}
	for len(h.speeds) > 0 && h.speeds[len(h.speeds)-1].step > step {
		h.speeds = h.speeds[:len(h.speeds)-1]
	}
	if h.final != nil && h.final.step > step {
		h.final = nil
	}
}

// files returns the files that record the history, by name.
func (h *history) files() map[string][]byte {
	var train, eval, speeds bytes.Buffer
	train.WriteString(trainHeader)
	for i := range h.summaries {
		train.WriteString(h.summaries[i].row())
	}
	eval.WriteString(evalHeader)
	for _, e := range h.evaluations {
		fmt.Fprintf(&eval, "%d,%d,%s,%s,%s,%s\n", e.step, e.epoch, decimal(e.precision), decimal(e.best), decimal(e.xent), decimal(e.loss))
	}
	speeds.WriteString(speedHeader)
	for i := range h.speeds {
		speeds.WriteString(h.speeds[i].row())
	}
	files := map[string][]byte{trainCSV: train.Bytes(), evalCSV: eval.Bytes(), speedCSV: speeds.Bytes()}
	if f := h.final; f != nil {
		files[testCSV] = fmt.Appendf(nil, "%s%d,%d,%s\n", testHeader, f.step, f.Step, decimal(f.Precision))
	}
	return files
}

func (s *summary) row() string {
	return fmt.Sprintf("%d,%s,%s,%s\n", s.step, decimal(s.cost), decimal(s.learningRate), decimal(s.precision))
}

func (s *speed) row() string { return fmt.Sprintf("%d,%.1f\n", s.step, s.imagesPerSecond) }

// decimal is the shortest text that reads back as x.
func decimal(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// history reads what a run has recorded, as far as it can be read; damage says of each file what cannot.
func (f Folder) history() (h *history, damage map[string]error) {
	h, damage = &history{}, map[string]error{}
	rows, err := f.rows(trainCSV, trainHeader)
	damage[trainCSV] = err
	for _, r := range rows {
		h.summaries = append(h.summaries, summary{int(r[0]), r[1], r[2], r[3]})
	}
	rows, err = f.rows(speedCSV, speedHeader)
	damage[speedCSV] = err
	for _, r := range rows {
		h.speeds = append(h.speeds, speed{int(r[0]), r[1]})
	}
	h.evaluations, damage[evalCSV] = f.evaluations()
	rows, damage[testCSV] = f.rows(testCSV, testHeader)
	if n := len(h.evaluations); len(rows) == 1 && n > 0 && rows[0][0] == float64(h.evaluations[n-1].step) {
		h.final = &final{int(rows[0][0]), Final{int(rows[0][1]), rows[0][2]}} // else the run has gone on since
	}
	maps.DeleteFunc(damage, func(_ string, err error) bool { return err == nil })
	return h, damage
}

// evaluations reads eval.csv, as far as it can be read.
func (f Folder) evaluations() (evaluations []evaluation, damage error) {
	rows, damage := f.rows(evalCSV, evalHeader)
	for i, r := range rows {
		if !(r[2] >= 0 && r[2] <= 1) {
			damage = errors.Join(damage, fmt.Errorf("read %s: row %d: got a precision of %g, want 0 to 1", f.path(evalCSV), i+1, r[2]))
			continue
		}
		evaluations = append(evaluations, evaluation{int(r[0]), int(r[1]), r[2], r[3], r[4], r[5]})
	}
	return evaluations, damage
}

// rows reads the numbers of a CSV file behind its header; an absent file has none, nor has an empty one. Lines that are none of such a
// file, or whose step is not above that of the line before, are left out; damage names the first.
func (f Folder) rows(name, header string) (rows [][]float64, damage error) {
	data, err := inputfile.Read(f.path(name), maxTable)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read run: %w", err)
	}
	wrong, first := 0, ""
	for i, line := range strings.SplitAfter(string(data), "\n") {
		if line == "" {
			continue // behind the last line's end
		}
		row, err := parseRow(i, line, header)
		if n := len(rows); row != nil && n > 0 && row[0] <= rows[n-1][0] {
			err = fmt.Errorf("got step %g behind step %g", row[0], rows[n-1][0])
			if n == 1 || row[0] > rows[n-2][0] { // the one before is out of order
				rows[n-1] = row
			}
		} else if row != nil {
			rows = append(rows, row)
		}
		if err == nil {
			continue
		}
		if wrong++; wrong == 1 {
			first = fmt.Sprintf("line %d: %v", i+1, err)
		}
	}
	if wrong > 1 {
		first = fmt.Sprintf("%s, and %d lines more are wrong", first, wrong-1)
	}
	if wrong > 0 {
		damage = fmt.Errorf("read %s: %s", f.path(name), first)
	}
	return rows, damage
}

// parseRow returns the numbers of a line, of which a file's first is its header, with none.
func parseRow(i int, line, header string) ([]float64, error) {
	if i == 0 {
		if got, want := strings.TrimSpace(line), strings.TrimSpace(header); got != want {
			return nil, fmt.Errorf("got the columns %.80q, want %q", got, want)
		}
		return nil, nil
	}
	line, ended := strings.CutSuffix(line, "\n")
	fields := strings.Split(strings.TrimSuffix(line, "\r"), ",")
	if want := strings.Count(header, ",") + 1; !ended || len(fields) != want {
		return nil, fmt.Errorf("got %.80q, want %d numbers and the line's end", line, want)
	}
	row := make([]float64, len(fields))
	for c, text := range fields {
		var err error
		if row[c], err = strconv.ParseFloat(text, 64); err != nil || !finite(row[c]) {
			return nil, fmt.Errorf("got %.80q, want a number", text)
		}
	}
	if row[0] != math.Trunc(row[0]) || row[0] < 0 || row[0] > state.LastStep {
		return nil, fmt.Errorf("got step %g, want a whole number from 0 to %d", row[0], int64(state.LastStep))
	}
	return row, nil
}
