package serve

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// inferRequest is the protocol's, as far as it is used here.
type inferRequest struct {
	ID         string
	Parameters inferParameters
	Input      inferInput
	Outputs    []inferRequested
	inputs     int
}

type inferParameters struct {
	BinaryOutputs bool `json:"binary_data_output"`
}

type inferInput struct {
	Name       string
	Datatype   string
	Shape      []integer
	Parameters struct {
		BinarySize *integer `json:"binary_data_size"`
	}
	Data []byte // JSON, as it stands in the body
}

type inferRequested struct {
	Name       string `json:"name"`
	Parameters struct {
		Binary *bool `json:"binary_data"`
	} `json:"parameters"`
}

// integer is an int64 that may be written as a floating-point number, such as 1.0.
type integer int64

// UnmarshalJSON is json.Unmarshaler's.
func (i *integer) UnmarshalJSON(text []byte) error {
	if n, err := strconv.ParseInt(string(text), 10, 64); err == nil {
		*i = integer(n)
		return nil
	}
	const exact = 1 << 53 // beyond, floating-point numbers leave integers out
	v, err := strconv.ParseFloat(string(text), 64)
	if err != nil || v != float64(int64(v)) || v < -exact || v > exact {
		return fmt.Errorf("got %s, want an integer of at most 2^53", clip(text))
	}
	*i = integer(v)
	return nil
}

// longestField is how many bytes a field may have, besides a tensor's data.
const longestField = 16 << 10

// scanner reads a request's fields in a body that is in memory. It copies no tensor, and makes
// nothing of what it does not know. That is why it is not encoding/json, which takes 170 bytes for
// each element of a wrong array.
type scanner struct {
	*jsontext.Decoder
	text []byte
}

// parseRequest reads the JSON of a request.
func parseRequest(text []byte) (*inferRequest, error) {
	s := scanner{jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)), text}
	q := &inferRequest{}
	err := s.object("a request", func(name string) error {
		switch name {
		case "id":
			return s.field(name, &q.ID)
		case "parameters":
			return s.field(name, &q.Parameters)
		case "outputs":
			return s.field(name, &q.Outputs)
		case "inputs":
			return s.inputs(q)
		}
		return s.SkipValue()
	})
	if err == nil {
		if _, err = s.ReadToken(); err == io.EOF { //nolint:errorlint // as jsontext documents it
			return q, nil
		} else if err == nil {
			err = fmt.Errorf("got more than one value, want one")
		}
	}
	return nil, refuse(http.StatusBadRequest, "body: not an inference request: %w", err)
}

// object calls read for each name of an object, which has to read its value.
func (s *scanner) object(what string, read func(name string) error) error {
	if k := s.PeekKind(); k != '{' && k != 0 {
		return fmt.Errorf("%s: got %v, want an object", what, k)
	}
	for _, err := s.ReadToken(); s.PeekKind() != '}'; {
		if err != nil {
			return err
		}
		name, err := s.ReadValue()
		if err != nil {
			return err
		}
		known := ""
		if len(name) <= 64 {
			if err := json.Unmarshal(name, &known); err != nil {
				return err
			}
		}
		if err := read(known); err != nil {
			return err
		}
	}
	_, err := s.ReadToken()
	return err
}

// field reads a value that is no tensor.
func (s *scanner) field(name string, to any) error {
	text, err := s.ReadValue()
	if err != nil {
		return err
	}
	if len(text) > longestField {
		return fmt.Errorf("%s: got %d bytes, want at most %d", name, len(text), longestField)
	}
	if err := json.Unmarshal(text, to); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// inputs reads the only input.
func (s *scanner) inputs(q *inferRequest) error {
	if q.inputs > 0 {
		return fmt.Errorf("inputs: got them twice, want them once")
	}
	if k := s.PeekKind(); k != '[' && k != 0 {
		return fmt.Errorf("inputs: got %v, want an array", k)
	}
	if _, err := s.ReadToken(); err != nil {
		return err
	}
	for s.PeekKind() != ']' {
		if q.inputs++; q.inputs > 1 {
			return fmt.Errorf("inputs: got more than one, want one, %q", inputName)
		}
		if err := s.input(&q.Input); err != nil {
			return err
		}
	}
	_, err := s.ReadToken()
	return err
}

func (s *scanner) input(i *inferInput) error {
	return s.object("inputs[0]", func(name string) error {
		switch name {
		case "name":
			return s.field(name, &i.Name)
		case "datatype":
			return s.field(name, &i.Datatype)
		case "shape":
			return s.field(name, &i.Shape)
		case "parameters":
			return s.field(name, &i.Parameters)
		case "data":
			return s.data(i)
		}
		return s.SkipValue()
	})
}

// data finds a tensor in the body.
func (s *scanner) data(i *inferInput) error {
	s.PeekKind() // to the value
	begin := s.InputOffset()
	if err := s.SkipValue(); err != nil {
		return err
	}
	i.Data = bytes.TrimLeft(s.text[begin:s.InputOffset()], " \t\r\n:")
	return nil
}

// clip shortens a value of a request.
func clip(text []byte) string {
	if len(text) > 20 {
		return strings.ToValidUTF8(string(text[:20]), "") + "…"
	}
	return string(text)
}
