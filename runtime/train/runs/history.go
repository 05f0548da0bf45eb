package runs

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

// Summary is a row of train.csv: what TensorFlow's official model records, of one training step's
// batch.
type Summary struct {
	Step         int
	Loss         float64
	LearningRate float64
	Accuracy     float64
}

// Evaluation is a row of eval.csv: the test set after a step.
type Evaluation struct {
	Step         int
	Epoch        int
	Accuracy     float64
	Best         float64
	CrossEntropy float64
	Loss         float64
}

// Speed is a row of speed.csv: images a second, of the steps since the row before. It has a file of
// its own since it differs from run to run, and nothing else that is recorded does.
type Speed struct {
	Step            int
	ImagesPerSecond float64
}

// FinalTest is the row of test.csv: the test part at the end of a run that was evaluated on a
// validation part until then.
type FinalTest struct {
	Step int // the run's last
	Final
}

const (
	// The names of a run's tables.
	TrainCSV, EvalCSV, SpeedCSV, TestCSV = "train.csv", "eval.csv", "speed.csv", "test.csv"

	trainHeader = "step,loss,learning_rate,accuracy\n"
	evalHeader  = "step,epoch,accuracy,best_accuracy,xent,loss\n"
	speedHeader = "step,images_per_second\n"
	testHeader  = "step,tested_step,accuracy\n"
)

// formerColumns gives columns of older runs' tables their names of today.
var formerColumns = strings.NewReplacer("Best Precision", "best_accuracy", "Precision", "accuracy", "cost", "loss")

// History is what a run has recorded so far.
type History struct {
	Summaries   []Summary
	Evaluations []Evaluation
	Speeds      []Speed
	Final       *FinalTest // nil: there was none after the last evaluation
}

// Best returns the first evaluation with the highest accuracy, or nil.
func (h *History) Best() *Evaluation {
	var best *Evaluation
	for i := range h.Evaluations {
		if best == nil || h.Evaluations[i].Accuracy > best.Accuracy {
			best = &h.Evaluations[i]
		}
	}
	return best
}

// Truncate drops what was recorded after a step.
func (h *History) Truncate(step int) {
	for len(h.Summaries) > 0 && h.Summaries[len(h.Summaries)-1].Step > step {
		h.Summaries = h.Summaries[:len(h.Summaries)-1]
	}
	for len(h.Evaluations) > 0 && h.Evaluations[len(h.Evaluations)-1].Step > step {
		h.Evaluations = h.Evaluations[:len(h.Evaluations)-1]
	}
	for len(h.Speeds) > 0 && h.Speeds[len(h.Speeds)-1].Step > step {
		h.Speeds = h.Speeds[:len(h.Speeds)-1]
	}
	if h.Final != nil && h.Final.Step > step {
		h.Final = nil
	}
}

// Files returns the files that record the history, by name.
func (h *History) Files() map[string][]byte {
	var train, eval, speeds bytes.Buffer
	train.WriteString(trainHeader)
	for i := range h.Summaries {
		train.WriteString(h.Summaries[i].row())
	}
	eval.WriteString(evalHeader)
	for _, e := range h.Evaluations {
		fmt.Fprintf(&eval, "%d,%d,%s,%s,%s,%s\n", e.Step, e.Epoch, Decimal(e.Accuracy), Decimal(e.Best), Decimal(e.CrossEntropy), Decimal(e.Loss))
	}
	speeds.WriteString(speedHeader)
	for i := range h.Speeds {
		speeds.WriteString(h.Speeds[i].row())
	}
	files := map[string][]byte{TrainCSV: train.Bytes(), EvalCSV: eval.Bytes(), SpeedCSV: speeds.Bytes()}
	if f := h.Final; f != nil {
		files[TestCSV] = fmt.Appendf(nil, "%s%d,%d,%s\n", testHeader, f.Step, f.Step, Decimal(f.Accuracy))
	}
	return files
}

func (s *Summary) row() string {
	return fmt.Sprintf("%d,%s,%s,%s\n", s.Step, Decimal(s.Loss), Decimal(s.LearningRate), Decimal(s.Accuracy))
}

func (s *Speed) row() string { return fmt.Sprintf("%d,%.1f\n", s.Step, s.ImagesPerSecond) }

// Decimal is the shortest text that reads back as x.
func Decimal(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// History reads what a run has recorded, as far as it can be read; damage says of each file what
// cannot.
func (f Folder) History() (h *History, damage map[string]error) {
	h, damage = &History{}, map[string]error{}
	rows, err := f.Rows(TrainCSV, trainHeader)
	damage[TrainCSV] = err
	for _, r := range rows {
		h.Summaries = append(h.Summaries, Summary{int(r[0]), r[1], r[2], r[3]})
	}
	rows, err = f.Rows(SpeedCSV, speedHeader)
	damage[SpeedCSV] = err
	for _, r := range rows {
		h.Speeds = append(h.Speeds, Speed{int(r[0]), r[1]})
	}
	h.Evaluations, damage[EvalCSV] = f.evaluations()
	rows, damage[TestCSV] = f.Rows(TestCSV, testHeader)
	if n := len(h.Evaluations); len(rows) == 1 && n > 0 && rows[0][0] == float64(h.Evaluations[n-1].Step) {
		h.Final = &FinalTest{int(rows[0][0]), Final{int(rows[0][1]), rows[0][2]}} // else the run has gone on since
	}
	maps.DeleteFunc(damage, func(_ string, err error) bool { return err == nil })
	return h, damage
}

// evaluations reads eval.csv, as far as it can be read.
func (f Folder) evaluations() (evaluations []Evaluation, damage error) {
	rows, damage := f.Rows(EvalCSV, evalHeader)
	for i, r := range rows {
		if !(r[2] >= 0 && r[2] <= 1) {
			damage = errors.Join(damage, fmt.Errorf("read %s: row %d: got an accuracy of %g, want 0 to 1", f.Path(EvalCSV), i+1, r[2]))
			continue
		}
		evaluations = append(evaluations, Evaluation{int(r[0]), int(r[1]), r[2], r[3], r[4], r[5]})
	}
	return evaluations, damage
}

// Rows reads the numbers of a CSV file behind its header; an absent file has none, nor has an empty
// one. Lines that are none of such a file, or whose step is not above that of the line before, are
// left out; damage names the first.
func (f Folder) Rows(name, header string) (rows [][]float64, damage error) {
	data, err := inputfile.Read(f.Path(name), maxTable)
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
			err = fmt.Errorf("got step %g after step %g", row[0], rows[n-1][0])
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
		first = fmt.Sprintf("%s, and %d more lines are wrong", first, wrong-1)
	}
	if wrong > 0 {
		damage = fmt.Errorf("read %s: %s", f.Path(name), first)
	}
	return rows, damage
}

// parseRow returns the numbers of a line, of which a file's first is its header, with none.
func parseRow(i int, line, header string) ([]float64, error) {
	if i == 0 {
		if got, want := strings.TrimSpace(line), strings.TrimSpace(header); formerColumns.Replace(got) != want {
			return nil, fmt.Errorf("got the columns %.80q, want %q", got, want)
		}
		return nil, nil
	}
	line, ended := strings.CutSuffix(line, "\n")
	fields := strings.Split(strings.TrimSuffix(line, "\r"), ",")
	if want := strings.Count(header, ",") + 1; !ended || len(fields) != want {
		return nil, fmt.Errorf("got %.80q, want %d numbers and a newline", line, want)
	}
	row := make([]float64, len(fields))
	for c, text := range fields {
		var err error
		if row[c], err = strconv.ParseFloat(text, 64); err != nil || math.IsNaN(row[c]) || math.IsInf(row[c], 0) {
			return nil, fmt.Errorf("got %.80q, want a number", text)
		}
	}
	if row[0] != math.Trunc(row[0]) || row[0] < 0 || row[0] > state.LastStep {
		return nil, fmt.Errorf("got step %g, want a whole number from 0 to %d", row[0], int64(state.LastStep))
	}
	return row, nil
}

// LastEvaluation returns the newest evaluation, or nil.
func (h *History) LastEvaluation() *Evaluation {
	if n := len(h.Evaluations); n > 0 {
		return &h.Evaluations[n-1]
	}
	return nil
}
