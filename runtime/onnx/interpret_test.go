package onnx

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// array is a tensor of the interpreter.
type array struct {
	shape []int
	data  []float64
}

func newArray(shape ...int) *array {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return &array{shape, make([]float64, n)}
}

// call is a NodeProto as the interpreter sees it.
type call struct {
	t                     *testing.T
	op, name              string
	inputNames, outputs   []string
	in                    []*array
	ints                  map[string][]int
	numbers               map[string][]float64
	attributesNotYetAsked map[string]bool
}

func decodeNode(t *testing.T, b []byte) *call {
	c := &call{t: t, ints: map[string][]int{}, numbers: map[string][]float64{}, attributesNotYetAsked: map[string]bool{}}
	mustFields(t, b, func(f loaded) {
		switch f.id {
		case nodeInput:
			c.inputNames = append(c.inputNames, string(f.content))
		case nodeOutput:
			c.outputs = append(c.outputs, string(f.content))
		case nodeName:
			c.name = string(f.content)
		case nodeOp:
			c.op = string(f.content)
		case nodeAttribute:
			c.attribute(f.content)
		}
	})
	return c
}

func (c *call) attribute(b []byte) {
	name, ints, numbers := "", []int(nil), []float64(nil)
	mustFields(c.t, b, func(f loaded) {
		switch f.id {
		case attributeName:
			name = string(f.content)
		case attributeInts:
			ints = append(ints, int(f.number))
		case attributeInt:
			ints = []int{int(f.number)}
		case attributeFloat, attributeFloats:
			numbers = append(numbers, float64(math.Float32frombits(uint32(f.number))))
		}
	})
	c.ints[name], c.numbers[name], c.attributesNotYetAsked[name] = ints, numbers, true
}

// loaded is a field with its content.
type loaded struct {
	field
	content []byte
}

func mustFields(t *testing.T, b []byte, visit func(loaded)) {
	t.Helper()
	whole := part{&source{in: bytes.NewReader(b), size: int64(len(b))}, 0, int64(len(b))}
	err := fields("", whole, func(f field) (err error) {
		l := loaded{field: f}
		if f.kind == protowire.BytesType {
			l.content, err = f.content.bytes(nil)
		}
		visit(l)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (c *call) list(name string) []int {
	delete(c.attributesNotYetAsked, name)
	return c.ints[name]
}

func (c *call) floats(name string) []float64 {
	delete(c.attributesNotYetAsked, name)
	return c.numbers[name]
}

func (c *call) number(name string) float64 { return c.floats(name)[0] }

// interpret runs a model by the definitions of ONNX's operators, in float64, and returns all that
// its nodes make.
func interpret(t *testing.T, model []byte, images *array) map[string]*array {
	t.Helper()
	values := map[string]*array{Images: images}
	var nodes []*call
	mustFields(t, model, func(f loaded) {
		if f.id != modelGraph {
			return
		}
		mustFields(t, f.content, func(f loaded) {
			switch f.id {
			case graphNode:
				nodes = append(nodes, decodeNode(t, f.content))
			case graphInitializer:
				name, a := decodeInitializer(t, f.content)
				values[name] = a
			}
		})
	})
	for _, c := range nodes {
		for _, name := range c.inputNames {
			if values[name] == nil {
				t.Fatalf("%s: got the input %s, want one that there is by then", c.name, name)
			}
			c.in = append(c.in, values[name])
		}
		if len(c.outputs) != 1 || values[c.outputs[0]] != nil {
			t.Fatalf("%s: got the outputs %v, want one that is new", c.name, c.outputs)
		}
		values[c.outputs[0]] = c.run()
		if len(c.attributesNotYetAsked) > 0 {
			t.Fatalf("%s: got the attributes %v, which %s does not have", c.name, c.attributesNotYetAsked, c.op)
		}
	}
	return values
}

func decodeInitializer(t *testing.T, b []byte) (string, *array) {
	name, a := "", &array{}
	mustFields(t, b, func(f loaded) {
		switch f.id {
		case tensorName:
			name = string(f.content)
		case tensorDims:
			a.shape = append(a.shape, int(f.number))
		case tensorRaw:
			for raw := f.content; len(raw) > 0; raw = raw[4:] {
				x, _ := protowire.ConsumeFixed32(raw)
				a.data = append(a.data, float64(math.Float32frombits(x)))
			}
		}
	})
	return name, a
}

func (c *call) run() *array {
	switch c.op {
	case "Transpose":
		return c.transpose()
	case "Constant":
		return c.constant()
	case "Cast":
		c.list("to")
		return c.in[0]
	case "ReduceMean":
		return c.reduceMean()
	case "Sub":
		return c.both(func(a, b float64) float64 { return a - b })
	case "Add":
		return c.both(func(a, b float64) float64 { return a + b })
	case "Mul":
		return c.both(func(a, b float64) float64 { return a * b })
	case "Div":
		return c.both(func(a, b float64) float64 { return a / b })
	case "Max":
		return c.both(math.Max)
	case "Sqrt":
		return c.each(math.Sqrt)
	case "Relu":
		return c.each(func(x float64) float64 { return max(x, 0) })
	case "LeakyRelu":
		alpha := c.number("alpha")
		return c.each(func(x float64) float64 {
			if x < 0 {
				return alpha * x
			}
			return x
		})
	case "Conv":
		return c.conv()
	case "BatchNormalization":
		return c.batchNorm()
	case "AveragePool":
		return c.pool(c.list("kernel_shape"), c.list("strides"))
	case "MaxPool":
		return c.maxPool()
	case "GlobalAveragePool":
		size := c.in[0].shape[2:]
		return c.pool(size, size)
	case "Pad":
		return c.padChannels()
	case "Flatten":
		n := c.in[0].shape[0]
		return &array{[]int{n, len(c.in[0].data) / n}, c.in[0].data}
	case "Gemm":
		return c.gemm()
	case "Softmax":
		return c.softmax()
	}
	c.t.Fatalf("%s: got the operator %q, want one that the interpreter knows", c.name, c.op)
	return nil
}

func (c *call) each(f func(float64) float64) *array {
	y := newArray(c.in[0].shape...)
	for i, x := range c.in[0].data {
		y.data[i] = f(x)
	}
	return y
}

// both broadcasts its second operand: of the same shape, a number for each image or for each
// channel, the last dimension, or one number.
func (c *call) both(f func(a, b float64) float64) *array {
	a, b := c.in[0], c.in[1]
	y := newArray(a.shape...)
	each := len(a.data) / len(b.data)
	if last := a.shape[len(a.shape)-1]; len(b.shape) == 1 && b.shape[0] == last {
		for i := range y.data {
			y.data[i] = f(a.data[i], b.data[i%last])
		}
		return y
	}
	if fmt.Sprint(a.shape) != fmt.Sprint(b.shape) && len(b.data) != 1 && fmt.Sprint(b.shape) != fmt.Sprint([]int{a.shape[0], 1, 1, 1}) {
		c.t.Fatalf("%s: got shapes %v and %v, want those that broadcast", c.name, a.shape, b.shape)
	}
	for i := range y.data {
		y.data[i] = f(a.data[i], b.data[i/each])
	}
	return y
}

func (c *call) transpose() *array {
	x, perm := c.in[0], c.list("perm")
	if fmt.Sprint(perm) != "[0 3 1 2]" {
		c.t.Fatalf("%s: got perm %v, want [0 3 1 2]", c.name, perm)
	}
	n, height, width, channels := x.shape[0], x.shape[1], x.shape[2], x.shape[3]
	y := newArray(n, channels, height, width)
	for i := range y.data {
		w, h, ch, image := i%width, i/width%height, i/width/height%channels, i/width/height/channels
		y.data[i] = x.data[((image*height+h)*width+w)*channels+ch]
	}
	return y
}

func (c *call) constant() *array {
	if ints := c.list("value_ints"); ints != nil {
		a := newArray(len(ints))
		for i, x := range ints {
			a.data[i] = float64(x)
		}
		return a
	}
	if numbers := c.floats("value_floats"); numbers != nil {
		return &array{[]int{len(numbers)}, numbers}
	}
	a := newArray()
	a.data[0] = c.number("value_float")
	return a
}

func (c *call) reduceMean() *array {
	x := c.in[0]
	if axes, keep := c.list("axes"), c.list("keepdims"); fmt.Sprint(axes, keep) != "[1 2 3] [1]" {
		c.t.Fatalf("%s: got axes %v, keepdims %v, want [1 2 3], [1]", c.name, axes, keep)
	}
	y := newArray(x.shape[0], 1, 1, 1)
	size := len(x.data) / x.shape[0]
	for i, v := range x.data {
		y.data[i/size] += v / float64(size)
	}
	return y
}

func (c *call) conv() *array {
	x, w := c.in[0], c.in[1]
	kernel, strides, pads := c.list("kernel_shape"), c.list("strides"), c.list("pads") // top, left, bottom, right
	n, in, height, width := x.shape[0], x.shape[1], x.shape[2], x.shape[3]
	out := w.shape[0]
	if fmt.Sprint(w.shape) != fmt.Sprint([]int{out, in, kernel[0], kernel[1]}) {
		c.t.Fatalf("%s: got weights of %v, want [out %d %d %d]", c.name, w.shape, in, kernel[0], kernel[1])
	}
	y := newArray(n, out, (height+pads[0]+pads[2]-kernel[0])/strides[0]+1, (width+pads[1]+pads[3]-kernel[1])/strides[1]+1)
	for i := range y.data {
		column, row := i%y.shape[3], i/y.shape[3]%y.shape[2]
		o, image := i/y.shape[3]/y.shape[2]%out, i/y.shape[3]/y.shape[2]/out
		if len(c.in) > 2 {
			y.data[i] = c.in[2].data[o]
		}
		for ch := range in {
			for p := range kernel[0] {
				for q := range kernel[1] {
					h, v := row*strides[0]+p-pads[0], column*strides[1]+q-pads[1]
					if h >= 0 && h < height && v >= 0 && v < width {
						y.data[i] += x.data[((image*in+ch)*height+h)*width+v] * w.data[((o*in+ch)*kernel[0]+p)*kernel[1]+q]
					}
				}
			}
		}
	}
	return y
}

func (c *call) batchNorm() *array {
	x, scale, shift, mean, variance := c.in[0], c.in[1], c.in[2], c.in[3], c.in[4]
	epsilon, channels, size := c.number("epsilon"), x.shape[1], x.shape[2]*x.shape[3]
	y := newArray(x.shape...)
	for i, v := range x.data {
		ch := i / size % channels
		y.data[i] = (v-mean.data[ch])/math.Sqrt(variance.data[ch]+epsilon)*scale.data[ch] + shift.data[ch]
	}
	return y
}

func (c *call) pool(kernel, strides []int) *array {
	x := c.in[0]
	n, channels, height, width := x.shape[0], x.shape[1], x.shape[2], x.shape[3]
	y := newArray(n, channels, (height-kernel[0])/strides[0]+1, (width-kernel[1])/strides[1]+1)
	for i := range y.data {
		column, row, plane := i%y.shape[3], i/y.shape[3]%y.shape[2], i/y.shape[3]/y.shape[2]
		for p := range kernel[0] {
			for q := range kernel[1] {
				y.data[i] += x.data[(plane*height+row*strides[0]+p)*width+column*strides[1]+q] / float64(kernel[0]*kernel[1])
			}
		}
	}
	return y
}

func (c *call) maxPool() *array {
	x, kernel, strides, pads := c.in[0], c.list("kernel_shape"), c.list("strides"), c.list("pads") // top, left, bottom, right
	n, channels, height, width := x.shape[0], x.shape[1], x.shape[2], x.shape[3]
	y := newArray(n, channels, (height+pads[0]+pads[2]-kernel[0])/strides[0]+1, (width+pads[1]+pads[3]-kernel[1])/strides[1]+1)
	for i := range y.data {
		column, row, plane := i%y.shape[3], i/y.shape[3]%y.shape[2], i/y.shape[3]/y.shape[2]
		y.data[i] = math.Inf(-1)
		for p := range kernel[0] {
			for q := range kernel[1] {
				h, v := row*strides[0]+p-pads[0], column*strides[1]+q-pads[1]
				if h >= 0 && h < height && v >= 0 && v < width {
					y.data[i] = max(y.data[i], x.data[(plane*height+h)*width+v])
				}
			}
		}
	}
	return y
}

func (c *call) padChannels() *array {
	x, pads := c.in[0], c.in[1].data
	before, after := int(pads[1]), int(pads[5])
	if sum := pads[0] + pads[2] + pads[3] + pads[4] + pads[6] + pads[7]; len(pads) != 8 || sum != 0 {
		c.t.Fatalf("%s: got pads %v, want those of channels", c.name, pads)
	}
	channels, size := x.shape[1], x.shape[2]*x.shape[3]
	y := newArray(x.shape[0], before+channels+after, x.shape[2], x.shape[3])
	for i, v := range x.data {
		image, at := i/(channels*size), i%(channels*size)
		y.data[image*y.shape[1]*size+before*size+at] = v
	}
	return y
}

func (c *call) gemm() *array {
	x, w, b := c.in[0], c.in[1], c.in[2]
	n, in, out := x.shape[0], w.shape[0], w.shape[1]
	forIn, forOut := out, 1 // what lies between the weights of neighbouring inputs, and outputs
	if fmt.Sprint(c.list("transB")) == "[1]" {
		in, out = out, in
		forIn, forOut = 1, in
	}
	y := newArray(n, out)
	for i := range y.data {
		y.data[i] = b.data[i%out]
		for k := range in {
			y.data[i] += x.data[i/out*in+k] * w.data[k*forIn+i%out*forOut]
		}
	}
	return y
}

func (c *call) softmax() *array {
	x := c.in[0]
	if axis := c.list("axis"); fmt.Sprint(axis) != "[1]" {
		c.t.Fatalf("%s: got axis %v, want [1]", c.name, axis)
	}
	y, classes := newArray(x.shape...), x.shape[1]
	for i := range x.data {
		sum := 0.0
		for _, z := range x.data[i/classes*classes:][:classes] {
			sum += math.Exp(z - x.data[i])
		}
		y.data[i] = 1 / sum
	}
	return y
}
