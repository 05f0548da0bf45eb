package onnx

import (
	"fmt"
	"math"

	"github.com/resnetgen/resnetgen/runtime/network"
)

// graph gathers the nodes of a network in the order in which they run. Every node has one output,
// of the node's name.
type graph struct {
	info      *network.Info
	roles     []map[network.Role]*network.VariableInfo
	outputs   []tensor        // of the operations so far
	nodes     []byte          // the GraphProto's field
	made      map[string]bool // the names of outputs, and the input's
	variables map[string]bool // the names of inputs that no node makes
}

// tensor is a node's output: [N, channels, height, width].
type tensor struct {
	name                    string
	height, width, channels int
}

// encodeNodes returns the nodes, as the GraphProto's field, and the names of the variables that
// they read.
func encodeNodes(i *network.Info, o *Options) (nodes []byte, variables map[string]bool) {
	g := &graph{info: i, roles: i.Roles(), made: map[string]bool{Images: true}, variables: map[string]bool{}}
	for k := range i.Ops {
		op := &i.Ops[k]
		g.outputs = append(g.outputs, tensor{g.op(k, o), op.Out[0], op.Out[1], op.Out[2]})
	}
	if o.Softmax {
		g.nodeTo(Probabilities, "Softmax", "softmax", []string{Logits}, intAttribute("axis", 1))
	}
	return g.nodes, g.variables
}

// op adds the nodes of an operation, and returns its output's name.
func (g *graph) op(k int, o *Options) string {
	op := &g.info.Ops[k]
	switch op.Kind {
	case network.Image:
		return g.images(o)
	case network.Conv:
		x := g.outputs[op.In[0]]
		inputs := []string{x.name, g.variable(k, network.Weight)}
		if b := g.roles[k][network.Bias]; b != nil {
			inputs = append(inputs, b.Name)
		}
		return g.node("Conv", op.Name, inputs, windows(op, x)...)
	case network.Normalize:
		return g.node("BatchNormalization", op.Name, []string{
			g.outputs[op.In[0]].name, g.variable(k, network.Gamma), g.variable(k, network.Beta),
			g.variable(k, network.MovingMean), g.variable(k, network.MovingVariance),
		}, floatAttribute("epsilon", g.info.Epsilon))
	case network.Activate:
		return g.activate(op)
	case network.Pool:
		return g.pool(op)
	case network.MaxPool:
		return g.node("MaxPool", op.Name, []string{g.outputs[op.In[0]].name}, windows(op, g.outputs[op.In[0]])...)
	case network.Add:
		return g.node("Add", op.Name, []string{g.outputs[op.In[0]].name, g.outputs[op.In[1]].name})
	case network.GlobalPool:
		pooled := g.node("GlobalAveragePool", op.Name+"/pool", []string{g.outputs[op.In[0]].name})
		return g.node("Flatten", op.Name+"/flat", []string{pooled})
	case network.Dense:
		var attributes []attribute
		if w := g.roles[k][network.Weight]; w != nil && w.Layout == network.OIHW {
			attributes = append(attributes, intAttribute("transB", 1))
		}
		return g.nodeTo(Logits, "Gemm", op.Name, []string{g.outputs[op.In[0]].name, g.variable(k, network.Weight), g.variable(k, network.Bias)}, attributes...)
	}
	panic(fmt.Sprintf("%s: got an operation %q, which has no node", op.Name, op.Kind))
}

// variable names an operation's variable. Where the description has none, compareNames says so of
// what it names.
func (g *graph) variable(op int, role network.Role) string {
	if v := g.roles[op][role]; v != nil {
		return v.Name
	}
	return fmt.Sprintf("%s/%s", g.info.Ops[op].Name, role)
}

// encodeValues returns the inputs and outputs, as the GraphProto's fields.
func encodeValues(i *network.Info, o *Options) []byte {
	element := typeFloat
	if o.Preprocess {
		element = typeUint8
	}
	b := appendMessage(nil, graphInput, value(Images, element, i.Input[:]...))
	b = appendMessage(b, graphOutput, value(Logits, typeFloat, i.Classes))
	if o.Softmax {
		b = appendMessage(b, graphOutput, value(Probabilities, typeFloat, i.Classes))
	}
	return b
}

// node adds a node, and returns its output's name, which is its own.
func (g *graph) node(op, name string, inputs []string, attributes ...attribute) string {
	return g.nodeTo(name, op, name, inputs, attributes...)
}

// nodeTo is node with an output of another name.
func (g *graph) nodeTo(output, op, name string, inputs []string, attributes ...attribute) string {
	var b []byte
	for _, in := range inputs {
		b = appendString(b, nodeInput, in)
		if !g.made[in] {
			g.variables[in] = true
		}
	}
	g.made[output] = true
	b = appendString(b, nodeOutput, output)
	b = appendString(b, nodeName, name)
	b = appendString(b, nodeOp, op)
	for _, a := range attributes {
		b = appendMessage(b, nodeAttribute, a)
	}
	g.nodes = appendMessage(g.nodes, graphNode, b)
	return output
}

// standardize names what makes the network's input of bytes.
func (g *graph) standardize() string { return g.info.Ops[0].Name + "/standardize" }

// images takes the input to the layout of ONNX's convolutions, which it has while it is small, and
// standardizes it if the model is to: by the channels' means while they are the last dimension.
func (g *graph) images(o *Options) string {
	x := Images
	if o.Preprocess && g.info.Mean != nil {
		x = g.standardizeChannels(x)
	}
	x = g.node("Transpose", g.info.Ops[0].Name+"/images", []string{x}, intsAttribute("perm", 0, 3, 1, 2))
	if o.Preprocess && g.info.Mean == nil {
		x = g.standardizeImages(x)
	}
	return x
}

// standardizeChannels is (x − 255·mean)/(255·std) of each channel.
func (g *graph) standardizeChannels(x string) string {
	standardize := g.standardize()
	inBytes := func(values []float64) (scaled []float64) {
		for _, v := range values {
			scaled = append(scaled, v*math.MaxUint8)
		}
		return scaled
	}
	x = g.node("Cast", standardize+"/float", []string{x}, intAttribute("to", int(typeFloat)))
	mean := g.node("Constant", standardize+"/mean", nil, floatsAttribute("value_floats", inBytes(g.info.Mean)))
	std := g.node("Constant", standardize+"/std", nil, floatsAttribute("value_floats", inBytes(g.info.Std)))
	x = g.node("Sub", standardize+"/centred", []string{x, mean})
	return g.node("Div", standardize, []string{x, std})
}

// standardizeImages is (x − mean)/max(deviation, 1/√n) over each image's n values, as TensorFlow's
// per_image_standardization.
func (g *graph) standardizeImages(x string) string {
	standardize, n := g.standardize(), g.info.Input[0]*g.info.Input[1]*g.info.Input[2]
	mean := func(name, of string) string {
		return g.node("ReduceMean", standardize+name, []string{of}, intsAttribute("axes", 1, 2, 3), intAttribute("keepdims", 1))
	}
	x = g.node("Cast", standardize+"/float", []string{x}, intAttribute("to", int(typeFloat)))
	centred := g.node("Sub", standardize+"/centred", []string{x, mean("/mean", x)})
	square := g.node("Mul", standardize+"/square", []string{centred, centred})
	deviation := g.node("Sqrt", standardize+"/deviation", []string{mean("/variance", square)})
	least := g.node("Constant", standardize+"/least", nil, floatAttribute("value_float", 1/math.Sqrt(float64(n))))
	divisor := g.node("Max", standardize+"/divisor", []string{deviation, least})
	return g.node("Div", standardize, []string{centred, divisor})
}

// windows says what the outputs of a convolution or a max pool see of x.
func windows(op *network.Op, x tensor) []attribute {
	top, bottom := padding(op, x.height)
	left, right := padding(op, x.width)
	return []attribute{
		intsAttribute("kernel_shape", op.Kernel, op.Kernel), intsAttribute("strides", op.Stride, op.Stride),
		intsAttribute("pads", top, left, bottom, right),
	}
}

// padding is that of a size: the same on each side, or TensorFlow's SAME padding, which has one
// more behind than before where it is odd.
func padding(op *network.Op, size int) (before, after int) {
	if op.Symmetric {
		return op.Kernel / 2, op.Kernel / 2
	}
	total := max((ceil(size, op.Stride)-1)*op.Stride+op.Kernel-size, 0)
	return total / 2, total - total/2
}

func ceil(n, by int) int { return (n + by - 1) / by }

// activate is a leaky ReLU.
func (g *graph) activate(op *network.Op) string {
	x := []string{g.outputs[op.In[0]].name}
	if g.info.Leak == 0 {
		return g.node("Relu", op.Name+"/relu", x)
	}
	return g.node("LeakyRelu", op.Name+"/leaky_relu", x, floatAttribute("alpha", g.info.Leak))
}

// pool is the average of the windows, and zeros for the channels that are new, as many
// before the others as behind.
func (g *graph) pool(op *network.Op) string {
	x := g.outputs[op.In[0]]
	name := x.name
	if op.Stride > 1 {
		name = g.node("AveragePool", op.Name+"/pool", []string{name},
			intsAttribute("kernel_shape", op.Kernel, op.Kernel), intsAttribute("strides", op.Stride, op.Stride))
	}
	if more := (op.Out[2] - x.channels) / 2; more > 0 {
		pads := g.node("Constant", op.Name+"/pads", nil, intsAttribute("value_ints", 0, more, 0, 0, 0, more, 0, 0))
		name = g.node("Pad", op.Name+"/pad", []string{name, pads})
	}
	return name
}
