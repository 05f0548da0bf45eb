package serve

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
)

// inference is an inference request that is right.
type inference struct {
	id      string
	images  []float32 // [n][height][width][channels], standardized
	n       int
	outputs []wantedOutput
}

// wantedOutput is an output that a request asks for.
type wantedOutput struct {
	name   string
	binary bool
}

// parseInference reads an inference request: JSON, and the binary tensors behind it.
func parseInference(text, binaries []byte, o *Options) (*inference, error) {
	var q inferRequest
	if err := json.Unmarshal(text, &q); err != nil {
		return nil, refuse(http.StatusBadRequest, "body: got no inference request: %w", err)
	}
	if len(q.Inputs) != 1 || q.Inputs[0].Name != inputName {
		names := []string{}
		for _, i := range q.Inputs {
			names = append(names, i.Name)
		}
		return nil, refuse(http.StatusBadRequest, "inputs: got %q, want one, %q", names, inputName)
	}
	result := &inference{id: q.ID}
	var err error
	if result.outputs, err = q.wanted(); err != nil {
		return nil, err
	}
	if result.images, result.n, err = q.Inputs[0].images(binaries, o); err != nil {
		return nil, err
	}
	return result, nil
}

// wanted returns the outputs that a request asks for: all if it names none.
func (q *inferRequest) wanted() (all []wantedOutput, err error) {
	for i, o := range q.Outputs {
		if o.Name != outputLogits && o.Name != outputProbabilities && o.Name != outputClass {
			return nil, refuse(http.StatusBadRequest, "outputs[%d]: got %q, want %s, %s or %s", i, o.Name, outputLogits, outputProbabilities, outputClass)
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
		all = append(all, wantedOutput{o.Name, binary})
	}
	if all == nil {
		for _, name := range []string{outputLogits, outputProbabilities, outputClass} {
			all = append(all, wantedOutput{name, q.Parameters.BinaryOutputs})
		}
	}
	return all, nil
}

// images returns an input's images, standardized.
func (i *inferInput) images(binaries []byte, o *Options) (values []float32, n int, err error) {
	if n, err = i.count(o); err != nil {
		return nil, 0, err
	}
	size := n * o.elements()
	if i.Datatype == "UINT8" {
		var raw []byte
		if i.Parameters.BinarySize != nil {
			raw, err = i.binary(binaries, size)
		} else {
			raw, err = parseData(i, binaries, size, parseByte)
		}
		if err != nil {
			return nil, 0, err
		}
		values = make([]float32, size)
		for k := 0; k < size; k += o.elements() {
			o.Standardizer.Standardize(values[k:][:o.elements()], raw[k:][:o.elements()])
		}
		return values, n, nil
	}
	if i.Parameters.BinarySize != nil {
		values, err = i.floats(binaries, size)
	} else {
		values, err = parseData(i, binaries, size, parseFloat)
	}
	return values, n, err
}

// count checks an input's type and shape, and returns how many images it has.
func (i *inferInput) count(o *Options) (int, error) {
	if i.Datatype != "FP32" && i.Datatype != "UINT8" {
		return 0, refuse(http.StatusBadRequest, "%s: got datatype %q, want FP32, of standardized images, or UINT8", inputName, i.Datatype)
	}
	h, w, c := int64(o.Input[0]), int64(o.Input[1]), int64(o.Input[2])
	if len(i.Shape) != 4 || i.Shape[0] < 1 || i.Shape[1] != h || i.Shape[2] != w || i.Shape[3] != c {
		return 0, refuse(http.StatusBadRequest, "%s: got shape %v, want [n %d %d %d]", inputName, i.Shape, h, w, c)
	}
	if i.Shape[0] > int64(o.MaxQueue) {
		return 0, refuse(http.StatusRequestEntityTooLarge, "%s: got %d images, want at most %d", inputName, i.Shape[0], o.MaxQueue)
	}
	return int(i.Shape[0]), nil
}

// binary returns the bytes behind the JSON, which must be as many as the input says and wants.
func (i *inferInput) binary(binaries []byte, want int) ([]byte, error) {
	if len(i.Data) > 0 {
		return nil, refuse(http.StatusBadRequest, "%s: got data and binary_data_size, want one of them", inputName)
	}
	if got := *i.Parameters.BinarySize; got != int64(want) || len(binaries) != want {
		return nil, refuse(http.StatusBadRequest, "%s: got binary_data_size %d and %d bytes behind the JSON, want %d", inputName, got, len(binaries), want)
	}
	return binaries, nil
}

// floats decodes n little-endian float32s.
func (i *inferInput) floats(binaries []byte, n int) ([]float32, error) {
	raw, err := i.binary(binaries, 4*n)
	if err != nil {
		return nil, err
	}
	values := make([]float32, n)
	for k := range values {
		v := math.Float32frombits(binary.LittleEndian.Uint32(raw[4*k:]))
		if v-v != 0 {
			return nil, refuse(http.StatusBadRequest, "%s: got %g as value %d, want a number", inputName, v, k)
		}
		values[k] = v
	}
	return values, nil
}

// encode writes an output's numbers little-endian.
func encode(data any) []byte {
	var text bytes.Buffer
	if err := binary.Write(&text, binary.LittleEndian, data); err != nil {
		panic(err) // an output of another type
	}
	return text.Bytes()
}

// parseData reads n numbers from an input's JSON, an array that is flat or nested as the shape says.
func parseData[T any](i *inferInput, binaries []byte, n int, parse func([]byte) (T, error)) ([]T, error) {
	if len(binaries) > 0 {
		return nil, refuse(http.StatusBadRequest, "%s: got %d bytes behind the JSON, want binary_data_size to say so", inputName, len(binaries))
	}
	if len(i.Data) == 0 {
		return nil, refuse(http.StatusBadRequest, "%s: got no data, want %d values", inputName, n)
	}
	// A number has a byte, and a comma: a shape that says more than is there takes no memory.
	p := &dataParser[T]{text: i.Data, shape: i.Shape, parse: parse, values: make([]T, 0, min(n, len(i.Data)/2+1))}
	if flat, err := p.isFlat(); err != nil {
		return nil, err
	} else if flat {
		p.shape = []int64{int64(n)}
	}
	if err := p.array(0); err != nil {
		return nil, err
	}
	return p.values, nil
}

// dataParser reads an array of numbers whose JSON is known to be right.
type dataParser[T any] struct {
	text   []byte
	shape  []int64
	parse  func([]byte) (T, error)
	values []T
}

func (p *dataParser[T]) space() {
	for len(p.text) > 0 && bytes.IndexByte([]byte(" \t\r\n"), p.text[0]) >= 0 {
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
	for k := int64(0); ; k++ {
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
		var n *strconv.NumError
		if errors.As(err, &n) {
			err = n.Err
		}
		return p.wrong("%.20s: %w", p.text[:end], err)
	}
	p.values = append(p.values, v)
	p.text = p.text[end:]
	return nil
}

func (p *dataParser[T]) wrong(format string, args ...any) error {
	return refuse(http.StatusBadRequest, inputName+": data: got "+format+" (after %d values)", append(args, len(p.values))...)
}

func parseFloat(text []byte) (float32, error) {
	if text[0] != '-' && (text[0] < '0' || text[0] > '9') {
		return 0, errNumber
	}
	v, err := strconv.ParseFloat(string(text), 32)
	return float32(v), err
}

func parseByte(text []byte) (byte, error) {
	v, err := strconv.ParseUint(string(text), 10, 8)
	return byte(v), err
}

var errNumber = errors.New("want a number")
