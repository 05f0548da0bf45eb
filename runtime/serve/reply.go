package serve

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/resnetgen/resnetgen/runtime/classify"
)

// inferResponse is the protocol's, without the outputs.
type inferResponse struct {
	ModelName    string `json:"model_name"`
	ModelVersion string `json:"model_version"`
	ID           string `json:"id,omitempty"`
}

// inferOutput is the protocol's, without the data.
type inferOutput struct {
	Name       string         `json:"name"`
	Datatype   string         `json:"datatype"`
	Shape      []int          `json:"shape"`
	Parameters map[string]int `json:"parameters,omitempty"`
}

// output is one of the model's.
type output struct {
	name, datatype string
	row            func(logits []float32) any // its numbers for an image
}

var outputs = []output{
	{outputLogits, "FP32", func(logits []float32) any { return logits }},
	{outputProbabilities, "FP32", func(logits []float32) any {
		row := make([]float32, len(logits))
		classify.Softmax(row, logits)
		return row
	}},
	{outputClass, "INT64", func(logits []float32) any {
		best := 0
		for k, z := range logits {
			if z > logits[best] {
				best = k
			}
		}
		return []int64{int64(best)}
	}},
}

// shape returns the shape of n images' output; -1 is any number.
func (o *output) shape(n, classes int) []int {
	if o.name == outputClass {
		return []int{n}
	}
	return []int{n, classes}
}

// size is how many bytes n images' output has as a binary tensor.
func (o *output) size(n, classes int) int {
	if o.name == outputClass {
		return 8 * n
	}
	return 4 * n * classes
}

// respond writes the outputs that were asked for.
func (q *inference) respond(w http.ResponseWriter, s *Server, j *job) {
	out := bufio.NewWriterSize(w, 16<<10)
	if q.binary() { // how long the JSON is has to be known before it
		var text bytes.Buffer
		q.writeJSON(&text, s, j)
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set(headerLength, strconv.Itoa(text.Len()))
		_, _ = out.Write(text.Bytes())
	} else {
		w.Header().Set("Content-Type", "application/json")
		q.writeJSON(out, s, j)
		_, _ = out.WriteString("\n")
	}
	for _, o := range q.outputs {
		for i := 0; o.binary && i < j.n; i++ {
			_ = binary.Write(out, binary.LittleEndian, o.row(j.logits[i*s.Classes:][:s.Classes]))
		}
	}
	_ = out.Flush() // a client that has gone needs no answer
}

// writeJSON writes an answer's JSON, image by image.
func (q *inference) writeJSON(out io.Writer, s *Server, j *job) {
	open := func(v any) { _, _ = out.Write(bytes.TrimSuffix(mustJSON(v), []byte("}"))) }
	text := func(t string) { _, _ = io.WriteString(out, t) }
	open(inferResponse{s.Name, j.by.name, q.id})
	text(`,"outputs":[`)
	for k, o := range q.outputs {
		if k > 0 {
			text(",")
		}
		described := inferOutput{Name: o.name, Datatype: o.datatype, Shape: o.shape(j.n, s.Classes)}
		if o.binary {
			described.Parameters = map[string]int{"binary_data_size": o.size(j.n, s.Classes)}
			open(described)
			text("}")
			continue
		}
		open(described)
		separator := `,"data":[`
		for i := range j.n {
			text(separator)
			row := mustJSON(o.row(j.logits[i*s.Classes:][:s.Classes]))
			_, _ = out.Write(row[1 : len(row)-1])
			separator = ","
		}
		text("]}")
	}
	text("]}")
}

func mustJSON(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("serve: %v", err)) // a type without JSON
	}
	return text
}
