package tensorboard

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/resnetgen/resnetgen/runtime/dataset"
)

// Writer writes an event file. What it has written is in the file after each call.
type Writer struct {
	file *os.File
	now  func() time.Time
}

// NewWriter begins a new event file in a folder, which is made if it is not there. done is how many
// steps are behind it: the file tells readers to forget what older files of the folder say of later
// steps, as those of a run that was killed do.
func NewWriter(folder string, done int) (*Writer, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("begin event file: %w", err)
	}
	w := &Writer{now: time.Now}
	begun := w.now()
	for n := 0; w.file == nil; n++ { // of the same second, and process number in another container, there may be one
		// Readers sort files by name: the seconds have ten digits until the year 2286.
		name := fmt.Sprintf("events.out.tfevents.%010d.resnetgen.%d.%d", begun.Unix(), os.Getpid(), n)
		file, err := os.OpenFile(filepath.Join(folder, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if err != nil && !os.IsExist(err) {
			return nil, fmt.Errorf("begin event file: %w", err)
		}
		w.file = file
	}
	err := w.write(0, eventFileVersion, []byte("brain.Event:2"))
	if err == nil {
		err = w.write(done+1, eventSessionLog, appendInt(nil, sessionStatus, sessionStart))
	}
	if err != nil { // nobody misses it
		return nil, errors.Join(err, w.file.Close(), os.Remove(w.file.Name()))
	}
	return w, nil
}

// Scalar writes a number.
func (w *Writer) Scalar(step int, tag string, x float64) error {
	return w.write(step, eventSummary, value(tag, appendFloat(nil, valueFloat, float32(x))))
}

// Histogram writes how values, of which there must be one at least, are spread. A value that is no
// number, or infinite, is an error.
func (w *Writer) Histogram(step int, tag string, values []float32) error {
	for i, v := range values {
		if x := float64(v); math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("write event: %s[%d]: got %g, want a finite number", tag, i, v)
		}
	}
	return w.write(step, eventSummary, value(tag, appendBytes(nil, valueHisto, histogram(values))))
}

// Image writes an image of a set.
func (w *Writer) Image(step int, tag string, set *dataset.Set, index int) error {
	var b bytes.Buffer
	if err := png.Encode(&b, set.GoImage(index)); err != nil {
		return fmt.Errorf("write event: %s: %w", tag, err)
	}
	colors := 1
	if set.Channels == 3 {
		colors = 3
	}
	m := appendInt(nil, imageHeight, set.Height)
	m = appendInt(m, imageWidth, set.Width)
	m = appendInt(m, imageColorspace, colors)
	m = appendBytes(m, imageEncoded, b.Bytes())
	return w.write(step, eventSummary, value(tag, appendBytes(nil, valueImage, m)))
}

// Close ends the file.
func (w *Writer) Close() error {
	if err := w.file.Close(); err != nil {
		return fmt.Errorf("end event file: %w", err)
	}
	return nil
}

// write writes an event in one call, so that a kill leaves at most one that is cut short, the last:
// readers skip it.
func (w *Writer) write(step int, field protowire.Number, content []byte) error {
	seconds := float64(w.now().UnixMicro()) / 1e6
	if _, err := w.file.Write(record(event(seconds, step, field, content))); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	return nil
}
