package serve

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
)

// inference is an inference request that is right, but for its tensor's values.
type inference struct {
	id       string
	input    *inferInput
	binaries []byte // behind the JSON
	n        int    // images
	outputs  []wantedOutput
}

// wantedOutput is an output that a request asks for.
type wantedOutput struct {
	*output
	binary bool
}

// longestID is how many bytes a request's id may have, which comes back.
const longestID = 1 << 10

// parseInference reads an inference request: JSON, and the binary tensors behind it.
func parseInference(text, binaries []byte, o *Options) (*inference, error) {
	q, err := parseRequest(text)
	if err != nil {
		return nil, err
	}
	if q.inputs != 1 || q.Input.Name != inputName {
		got := "none"
		if q.inputs == 1 {
			got = echo(q.Input.Name)
		}
		return nil, refuse(http.StatusBadRequest, "inputs: got %s, want one, %q", got, inputName)
	}
	if len(q.ID) > longestID {
		return nil, refuse(http.StatusBadRequest, "id: got %d bytes, want at most %d", len(q.ID), longestID)
	}
	result := &inference{id: q.ID, input: &q.Input, binaries: binaries}
	if result.outputs, err = q.wanted(); err != nil {
		return nil, err
	}
	if result.n, err = q.Input.count(o); err != nil {
		return nil, err
	}
	return result, q.Input.checkSize(binaries, result.n*o.elements())
}

// wanted returns the outputs that a request asks for: all if it names none.
func (q *inferRequest) wanted() (all []wantedOutput, err error) {
	for i, o := range q.Outputs {
		k := slices.IndexFunc(outputs, func(known output) bool { return known.name == o.Name })
		if k < 0 {
			return nil, refuse(http.StatusBadRequest, "outputs[%d]: got %s, want %s, %s or %s", i, echo(o.Name), outputLogits, outputProbabilities, outputClass)
		}
		for _, before := range all {
			if before.name == o.Name {
				return nil, refuse(http.StatusBadRequest, "outputs[%d]: got %q twice, want it once", i, o.Name)
			}
		}
		binary := q.Parameters.BinaryOutputs
		if o.Parameters.Binary != nil {
			binary = *o.Parameters.Binary
		}
		all = append(all, wantedOutput{&outputs[k], binary})
	}
	if all == nil {
		for k := range outputs {
			all = append(all, wantedOutput{&outputs[k], q.Parameters.BinaryOutputs})
		}
	}
	return all, nil
}

// binary says that the answer has binary tensors.
func (q *inference) binary() bool {
	return slices.ContainsFunc(q.outputs, func(o wantedOutput) bool { return o.binary })
}

// memory returns the bytes that a request takes besides its body: the tensor, as bytes too if it is
// of bytes, and the logits. An answer of both JSON and binary tensors has its JSON in memory, some
// 16 bytes a number, in a buffer that doubles.
func (q *inference) memory(o *Options) int64 {
	values, logits := int64(q.n)*int64(o.elements()), int64(q.n)*int64(o.Classes)
	bytes := values*bytesOfFloat + logits*bytesOfFloat
	if q.input.Datatype == "UINT8" {
		bytes += values * bytesOfByte
	}
	if q.binary() {
		bytes += 2 * 3 * 16 * logits
	}
	return bytes
}

// images returns the images, standardized.
func (q *inference) images(o *Options) (values []float32, err error) {
	i, size := q.input, q.n*o.elements()
	isBinary := i.Parameters.BinarySize != nil
	if i.Datatype == "UINT8" {
		raw := q.binaries
		if !isBinary {
			if raw, err = parseData(i, size, parseByte); err != nil {
				return nil, err
			}
		}
		values = make([]float32, size)
		for k := 0; k < size; k += o.elements() {
			o.Standardizer.Standardize(values[k:][:o.elements()], raw[k:][:o.elements()])
		}
		return values, nil
	}
	if isBinary {
		return floats(q.binaries, size)
	}
	return parseData(i, size, parseFloat)
}

// count checks an input's type and shape, and returns how many images it has.
func (i *inferInput) count(o *Options) (int, error) {
	if i.Datatype != "FP32" && i.Datatype != "UINT8" {
		return 0, refuse(http.StatusBadRequest, "%s: got datatype %s, want FP32, of standardized images, or UINT8", inputName, echo(i.Datatype))
	}
	h, w, c := integer(o.Input[0]), integer(o.Input[1]), integer(o.Input[2])
	if len(i.Shape) > 8 {
		return 0, refuse(http.StatusBadRequest, "%s: got a shape of %d axes, want [n %d %d %d]", inputName, len(i.Shape), h, w, c)
	}
	if len(i.Shape) != 4 || i.Shape[0] < 1 || i.Shape[1] != h || i.Shape[2] != w || i.Shape[3] != c {
		return 0, refuse(http.StatusBadRequest, "%s: got shape %v, want [n %d %d %d]", inputName, i.Shape, h, w, c)
	}
	if i.Shape[0] > integer(o.MaxQueue) {
		return 0, refuse(http.StatusRequestEntityTooLarge, "%s: got %d images, want at most %d (--max-queue)", inputName, i.Shape[0], o.MaxQueue)
	}
	return int(i.Shape[0]), nil
}

// checkSize checks that a tensor is where the input says, and that as many bytes as n values have
// may be there.
func (i *inferInput) checkSize(binaries []byte, n int) error {
	if i.Parameters.BinarySize == nil {
		switch {
		case len(binaries) > 0:
			return refuse(http.StatusBadRequest, "%s: got %d bytes after the JSON, want binary_data_size to say so", inputName, len(binaries))
		case len(i.Data) == 0:
			return refuse(http.StatusBadRequest, "%s: got no data, want %d values", inputName, n)
		}
		return nil
	}
	if len(i.Data) > 0 {
		return refuse(http.StatusBadRequest, "%s: got data and binary_data_size, want one of them", inputName)
	}
	want := n
	if i.Datatype == "FP32" {
		want *= bytesOfFloat
	}
	if got := *i.Parameters.BinarySize; got != integer(want) || len(binaries) != want {
		return refuse(http.StatusBadRequest, "%s: got binary_data_size %d and %d bytes after the JSON, want %d", inputName, got, len(binaries), want)
	}
	return nil
}

// floats decodes n little-endian float32s.
func floats(raw []byte, n int) ([]float32, error) {
	values := make([]float32, n)
	for k := range values {
		v := math.Float32frombits(binary.LittleEndian.Uint32(raw[bytesOfFloat*k:]))
		if v-v != 0 {
			return nil, refuse(http.StatusBadRequest, "%s: got %g as value %d, want a finite number", inputName, v, k)
		}
		values[k] = v
	}
	return values, nil
}

// parseData reads n numbers from an input's JSON, an array that is flat or nested as the shape
// says.
func parseData[T any](i *inferInput, n int, parse func([]byte) (T, error)) ([]T, error) {
	// A number has a byte, and a comma: a shape that says more than is there takes no memory.
	p := &dataParser[T]{text: i.Data, parse: parse, values: make([]T, 0, min(n, len(i.Data)/2+1))}
	if flat, err := p.isFlat(); err != nil {
		return nil, err
	} else if flat {
		p.shape = []int{n}
	} else {
		for _, axis := range i.Shape {
			p.shape = append(p.shape, int(axis))
		}
	}
	if err := p.array(0); err != nil {
		return nil, err
	}
	return p.values, nil
}

// dataParser reads an array of numbers whose JSON is known to be right.
type dataParser[T any] struct {
	text   []byte
	shape  []int
	parse  func([]byte) (T, error)
	values []T
}

func (p *dataParser[T]) space() {
	for len(p.text) > 0 && (p.text[0] == ' ' || p.text[0] == '\n' || p.text[0] == '\r' || p.text[0] == '\t') {
		p.text = p.text[1:]
	}
}

// isFlat says whether the first value of the array is no array.
func (p *dataParser[T]) isFlat() (bool, error) {
	p.space()
	if p.text[0] != '[' {
		return false, refuse(http.StatusBadRequest, "%s: got data that begins with %q, want an array", inputName, p.text[0])
	}
	rest := bytes.TrimLeft(p.text[1:], " \t\r\n")
	return rest[0] != '[', nil
}

// array reads the array of an axis, and the arrays in it.
func (p *dataParser[T]) array(axis int) error {
	p.space()
	if p.text[0] != '[' {
		return p.wrong("a number or text, want an array of %d", p.shape[axis])
	}
	p.text = p.text[1:]
	for k := 0; ; k++ {
		p.space()
		if p.text[0] == ']' {
			p.text = p.text[1:]
			if k != p.shape[axis] {
				return p.wrong("%d on axis %d, want %d", k, axis, p.shape[axis])
			}
			return nil
		}
		if p.text[0] == ',' {
			p.text = p.text[1:]
		}
		if k == p.shape[axis] {
			return p.wrong("more than %d on axis %d, want as many", k, axis)
		}
		read := p.number
		if axis+1 < len(p.shape) {
			read = func() error { return p.array(axis + 1) }
		}
		if err := read(); err != nil {
			return err
		}
	}
}

func (p *dataParser[T]) number() error {
	p.space()
	end := bytes.IndexAny(p.text, ",] \t\r\n")
	v, err := p.parse(p.text[:end])
	if err != nil {
		return p.wrong("%s, %w", clip(p.text[:end]), err)
	}
	p.values = append(p.values, v)
	p.text = p.text[end:]
	return nil
}

func (p *dataParser[T]) wrong(format string, args ...any) error {
	return refuse(http.StatusBadRequest, inputName+": data: got "+format+" (after %d values)", append(args, len(p.values))...)
}

// What is wrong with a number.
var (
	errNumber = errors.New("want a number")
	errFloat  = fmt.Errorf("out of the range of FP32, want -%[1]g to %[1]g", float32(math.MaxFloat32))
	errByte   = errors.New("out of the range of UINT8, want 0 to 255")
	errWhole  = errors.New("want an integer, for UINT8")
)

// isNumber says that a JSON value is one: Go's parsers take more.
func isNumber(text []byte) bool { return text[0] == '-' || text[0] >= '0' && text[0] <= '9' }

func parseFloat(text []byte) (float32, error) {
	if !isNumber(text) {
		return 0, errNumber
	}
	v, err := strconv.ParseFloat(string(text), 32)
	if err != nil {
		return 0, errFloat
	}
	return float32(v), nil
}

// parseByte takes integers that are written as floating-point numbers too, such as 255.0: some
// clients know no others.
func parseByte(text []byte) (byte, error) {
	if !isNumber(text) {
		return 0, errNumber
	}
	n := 0
	for k, c := range text {
		if k == 3 || c < '0' || c > '9' {
			v, err := strconv.ParseFloat(string(text), 64)
			if err != nil || v < 0 || v > math.MaxUint8 {
				return 0, errByte
			}
			if v != math.Trunc(v) {
				return 0, errWhole
			}
			return byte(v), nil
		}
		n = 10*n + int(c-'0')
	}
	if n > math.MaxUint8 {
		return 0, errByte
	}
	return byte(n), nil
}
