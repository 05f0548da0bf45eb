package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/resnetgen/resnetgen/internal/printable"
)

// predictionWriter prints predictions in a format, one after the other.
type predictionWriter interface {
	begin() error
	write(*prediction) error
	end() error
}

// newPredictionWriter prints as text, csv or json.
func (a *app) newPredictionWriter(format string) predictionWriter {
	switch format {
	case "csv":
		return &csvPredictions{csv.NewWriter(a.out)}
	case "json":
		return &jsonPredictions{out: a.out}
	}
	return &textPredictions{a.out, a.Info.Input}
}

// textPredictions prints an image's name and below it a line for each class. Of an image that
// cannot be read the error, which is said elsewhere, is all.
type textPredictions struct {
	out   io.Writer
	input [3]int
}

func (w *textPredictions) begin() error { return nil }

func (w *textPredictions) write(p *prediction) error {
	if p.Error != "" {
		return nil
	}
	note := ""
	if p.Resized {
		note = fmt.Sprintf(" (resized to %d×%d)", w.input[1], w.input[0])
	}
	if _, err := printable.Fprintf(w.out, "%s%s\n", p.Image, note); err != nil {
		return err
	}
	for _, g := range p.Guesses {
		if _, err := printable.Fprintf(w.out, "  %5.1f %%  %s\n", 100*g.Probability, g.Class); err != nil {
			return err
		}
	}
	return nil
}

func (w *textPredictions) end() error { return nil }

// csvPredictions prints a row for each class of an image, and one with the error of an image that
// cannot be read.
type csvPredictions struct{ *csv.Writer }

func (w *csvPredictions) row(fields ...string) error {
	for i := range fields {
		fields[i] = printable.Cell(fields[i])
	}
	if err := w.Write(fields); err != nil {
		return err
	}
	w.Flush()
	return w.Error()
}

func (w *csvPredictions) begin() error {
	return w.row("image", "resized", "rank", "index", "class", "probability", "error")
}

func (w *csvPredictions) write(p *prediction) error {
	resized := strconv.FormatBool(p.Resized)
	if p.Error != "" {
		return w.row(p.Image, resized, "", "", "", "", p.Error)
	}
	for i, g := range p.Guesses {
		probability := strconv.FormatFloat(float64(g.Probability), 'g', -1, 32)
		if err := w.row(p.Image, resized, strconv.Itoa(i+1), strconv.Itoa(g.Index), g.Class, probability, ""); err != nil {
			return err
		}
	}
	return nil
}

func (w *csvPredictions) end() error { return nil }

// jsonPredictions prints an array as json.Encoder would, element by element.
type jsonPredictions struct {
	out     io.Writer
	written bool
}

func (w *jsonPredictions) begin() error { return w.print("[") }

func (w *jsonPredictions) print(text string) error {
	_, err := io.WriteString(w.out, text)
	return err
}

func (w *jsonPredictions) write(p *prediction) error {
	var text bytes.Buffer
	if w.written {
		text.WriteByte(',')
	}
	w.written = true
	text.WriteString("\n  ")
	value, err := json.MarshalIndent(p, "  ", "  ")
	if err != nil {
		return err
	}
	text.Write(value)
	return w.print(text.String())
}

func (w *jsonPredictions) end() error {
	if w.written {
		return w.print("\n]\n")
	}
	return w.print("]\n")
}
