package train

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/resnetgen/resnetgen/internal/inputfile"
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

const (
	trainCSV, evalCSV, speedCSV = "train.csv", "eval.csv", "speed.csv"

	trainHeader = "step,cost,learning_rate,Precision\n"
	evalHeader  = "step,epoch,Precision,Best Precision,xent,loss\n"
	speedHeader = "step,images_per_second\n"
)

// history is what a run has recorded so far.
type history struct {
	summaries   []summary
	evaluations []evaluation
	speeds      []speed
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
}

// save writes the files.
func (h *history) save(f Folder) error {
	var train, eval, speeds bytes.Buffer
	train.WriteString(trainHeader)
	for _, s := range h.summaries {
		fmt.Fprintf(&train, "%d,%s,%s,%s\n", s.step, decimal(s.cost), decimal(s.learningRate), decimal(s.precision))
	}
	eval.WriteString(evalHeader)
	for _, e := range h.evaluations {
		fmt.Fprintf(&eval, "%d,%d,%s,%s,%s,%s\n", e.step, e.epoch, decimal(e.precision), decimal(e.best), decimal(e.xent), decimal(e.loss))
	}
	speeds.WriteString(speedHeader)
	for _, s := range h.speeds {
		fmt.Fprintf(&speeds, "%d,%.1f\n", s.step, s.imagesPerSecond)
	}
	return errors.Join(f.write(trainCSV, train.Bytes()), f.write(evalCSV, eval.Bytes()), f.write(speedCSV, speeds.Bytes()))
}

// decimal is the shortest text that reads back as x.
func decimal(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

func (f Folder) history() (*history, error) {
	h := &history{}
	rows, err := f.rows(trainCSV, trainHeader)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		h.summaries = append(h.summaries, summary{int(r[0]), r[1], r[2], r[3]})
	}
	if rows, err = f.rows(speedCSV, speedHeader); err != nil {
		return nil, err
	}
	for _, r := range rows {
		h.speeds = append(h.speeds, speed{int(r[0]), r[1]})
	}
	h.evaluations, err = f.evaluations()
	return h, err
}

func (f Folder) evaluations() ([]evaluation, error) {
	rows, err := f.rows(evalCSV, evalHeader)
	if err != nil {
		return nil, err
	}
	var evaluations []evaluation
	for _, r := range rows {
		evaluations = append(evaluations, evaluation{int(r[0]), int(r[1]), r[2], r[3], r[4], r[5]})
	}
	return evaluations, nil
}

// rows reads the numbers of a CSV file behind its header; an absent file has none, nor has an empty one.
func (f Folder) rows(name, header string) ([][]float64, error) {
	data, err := inputfile.Read(f.path(name), maxTable)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read run: %w", err)
	}
	columns := strings.Split(strings.TrimSuffix(header, "\n"), ",")
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord, r.ReuseRecord = len(columns), true
	var rows [][]float64
	for line := 1; ; line++ {
		record, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return rows, nil
		case err != nil:
			return nil, fmt.Errorf("read %s: %w", f.path(name), err)
		case line > 1:
		case !slices.Equal(record, columns):
			return nil, fmt.Errorf("read %s: line 1: got the columns %.200q, want %q", f.path(name), record, columns)
		default:
			continue
		}
		row := make([]float64, len(record))
		for c, text := range record {
			if row[c], err = strconv.ParseFloat(text, 64); err != nil || math.IsNaN(row[c]) {
				return nil, fmt.Errorf("read %s: line %d: got %.200q, want a number", f.path(name), line, text)
			}
		}
		rows = append(rows, row)
	}
}
