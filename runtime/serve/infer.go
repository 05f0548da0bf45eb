package serve

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/resnetgen/resnetgen/runtime/classify"
)

// The names of the model's input and outputs.
const (
	inputName           = "images"
	outputLogits        = "logits"
	outputProbabilities = "probabilities"
	outputClass         = "class"
)

// headerLength is the header that says how much of a body is JSON; binary tensors follow it.
const headerLength = "Inference-Header-Content-Length"

// inferRequest is the protocol's, as far as it is used here.
type inferRequest struct {
	ID         string           `json:"id"`
	Parameters inferParameters  `json:"parameters"`
	Inputs     []inferInput     `json:"inputs"`
	Outputs    []inferRequested `json:"outputs"`
}

type inferParameters struct {
	BinaryOutputs bool `json:"binary_data_output"`
}

type inferInput struct {
	Name       string  `json:"name"`
	Datatype   string  `json:"datatype"`
	Shape      []int64 `json:"shape"`
	Parameters struct {
		BinarySize *int64 `json:"binary_data_size"`
	} `json:"parameters"`
	Data json.RawMessage `json:"data"`
}

type inferRequested struct {
	Name       string `json:"name"`
	Parameters struct {
		Binary *bool `json:"binary_data"`
	} `json:"parameters"`
}

// inferResponse is the protocol's.
type inferResponse struct {
	ModelName    string        `json:"model_name"`
	ModelVersion string        `json:"model_version"`
	ID           string        `json:"id,omitempty"`
	Outputs      []inferOutput `json:"outputs"`
}

type inferOutput struct {
	Name       string         `json:"name"`
	Datatype   string         `json:"datatype"`
	Shape      []int          `json:"shape"`
	Parameters map[string]int `json:"parameters,omitempty"`
	Data       any            `json:"data,omitempty"`
}

// infer answers the protocol's inference request.
func (s *Server) infer(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.named(r); err != nil {
		return err
	}
	arrived := s.batcher.expect()
	defer arrived()
	body, err := s.whole(w, r)
	if err != nil {
		return err
	}
	text, binary, err := split(body, r.Header.Get(headerLength))
	if err != nil {
		return err
	}
	q, err := parseInference(text, binary, &s.Options)
	if err != nil {
		return err
	}
	j := &job{images: q.images, n: q.n, version: r.PathValue("version")}
	if err := s.answer(r, j, arrived); err != nil {
		return err
	}
	return q.respond(w, s, j)
}

// answer has a job computed, in time.
func (s *Server) answer(r *http.Request, j *job, arrived func()) error {
	ctx, cancel := context.WithTimeout(r.Context(), s.Timeout)
	defer cancel()
	arrived()
	return s.batcher.submit(ctx, j)
}

// split takes a body apart: JSON, of the length that a header says, and then binary tensors.
func split(body []byte, length string) (text, binary []byte, err error) {
	if length == "" {
		return body, nil, nil
	}
	n, err := strconv.Atoi(length)
	if err != nil || n < 0 || n > len(body) {
		return nil, nil, refuse(http.StatusBadRequest, "%s: got %q, want 0 to %d, the body's length", headerLength, length, len(body))
	}
	return body[:n], body[n:], nil
}

// respond writes the outputs that were asked for, all if none was.
func (q *inference) respond(w http.ResponseWriter, s *Server, j *job) error {
	answer := inferResponse{ModelName: s.Name, ModelVersion: j.by.name, ID: q.id}
	var binary []byte
	for _, wanted := range q.outputs {
		o := newOutput(wanted.name, j, s.Classes)
		if wanted.binary {
			tail := encode(o.Data)
			o.Data, o.Parameters = nil, map[string]int{"binary_data_size": len(tail)}
			binary = append(binary, tail...)
		}
		answer.Outputs = append(answer.Outputs, o)
	}
	if binary == nil {
		writeJSON(w, http.StatusOK, answer)
		return nil
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set(headerLength, strconv.Itoa(len(text)))
	_, _ = w.Write(append(text, binary...)) // a client that has gone needs no answer
	return nil
}

// newOutput makes an output of a job's logits.
func newOutput(name string, j *job, classes int) inferOutput {
	shape := []int{j.n, classes}
	switch name {
	case outputProbabilities:
		var all []float32
		for i := range j.n {
			for _, p := range classify.Probabilities(j.logits[i*classes:][:classes]) {
				all = append(all, float32(p))
			}
		}
		return inferOutput{Name: name, Datatype: "FP32", Shape: shape, Data: all}
	case outputClass:
		best := make([]int64, j.n)
		for i := range best {
			own := j.logits[i*classes:][:classes]
			for k, z := range own {
				if z > own[best[i]] {
					best[i] = int64(k)
				}
			}
		}
		return inferOutput{Name: name, Datatype: "INT64", Shape: []int{j.n}, Data: best}
	}
	return inferOutput{Name: name, Datatype: "FP32", Shape: shape, Data: j.logits}
}
