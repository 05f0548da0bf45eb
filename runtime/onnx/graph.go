package onnx

import (
	"math"

	"github.com/resnetgen/resnetgen/runtime/network"
)

// graph gathers the nodes of a network in the order in which they run. Every node has one output, of the node's name.
type graph struct {
	info      *network.Info
	nodes     []byte          // the GraphProto's field
	made      map[string]bool // the names of outputs, and the input's
	variables map[string]bool // the names of inputs that no node makes
}

// tensor is a node's output: [N, channels, height, width].
type tensor struct {
	name          string
	height, width int
}

// encodeNodes returns the nodes, as the GraphProto's field, and the names of the variables that they read.
func encodeNodes(i *network.Info, o *Options) (nodes []byte, variables map[string]bool) {
	g := &graph{info: i, made: map[string]bool{Images: true}, variables: map[string]bool{}}
	x := tensor{g.images(o), i.Input[0], i.Input[1]}
	x = g.conv("init/init_conv", x, 3, 1)
	for k := range i.Units {
		if u := &i.Units[k]; u.Bottleneck {
			x = g.bottleneck(u, x)
		} else {
			x = g.basic(u, x)
		}
	}
	g.head(x, o)
	return g.nodes, g.variables
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

// standardize is the scope of what makes the network's input of bytes.
const standardize = "init/standardize"

// images takes the input to the layout of ONNX's convolutions, which it has while it is small, and standardizes it if
// the model is to: by the channels' means while they are the last dimension.
func (g *graph) images(o *Options) string {
	x := Images
	if o.Preprocess && g.info.Mean != nil {
		x = g.standardizeChannels(x)
	}
	x = g.node("Transpose", "init/images", []string{x}, intsAttribute("perm", 0, 3, 1, 2))
	if o.Preprocess && g.info.Mean == nil {
		x = g.standardizeImages(x)
	}
	return x
}

// standardizeChannels is (x − 255·mean)/(255·std) of each channel.
func (g *graph) standardizeChannels(x string) string {
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

// standardizeImages is (x − mean)/max(deviation, 1/√n) over each image's n values, as TensorFlow's per_image_standardization.
func (g *graph) standardizeImages(x string) string {
	n := g.info.Input[0] * g.info.Input[1] * g.info.Input[2]
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

// conv is a convolution without bias, with TensorFlow's SAME padding: where that is odd, one more behind than before.
func (g *graph) conv(scope string, x tensor, kernel, stride int) tensor {
	top, bottom := same(x.height, kernel, stride)
	left, right := same(x.width, kernel, stride)
	return tensor{
		g.node("Conv", scope, []string{x.name, scope + "/DW"},
			intsAttribute("kernel_shape", kernel, kernel), intsAttribute("strides", stride, stride),
			intsAttribute("pads", top, left, bottom, right)),
		ceil(x.height, stride), ceil(x.width, stride),
	}
}

// same is TensorFlow's SAME padding of a size.
func same(size, kernel, stride int) (before, after int) {
	total := max((ceil(size, stride)-1)*stride+kernel-size, 0)
	return total / 2, total - total/2
}

func ceil(n, by int) int { return (n + by - 1) / by }

// activate is leaky(norm(x)).
func (g *graph) activate(scope string, x tensor) tensor {
	norm := g.node("BatchNormalization", scope,
		[]string{x.name, scope + "/gamma", scope + "/beta", scope + "/moving_mean", scope + "/moving_variance"},
		floatAttribute("epsilon", g.info.Epsilon))
	if g.info.Leak == 0 {
		x.name = g.node("Relu", scope+"/relu", []string{norm})
	} else {
		x.name = g.node("LeakyRelu", scope+"/leaky_relu", []string{norm}, floatAttribute("alpha", g.info.Leak))
	}
	return x
}

// basic is the unit of two 3×3 convolutions.
func (g *graph) basic(u *network.Unit, x tensor) tensor {
	scope := u.Name + "/residual_only_activation"
	if u.ActivateFirst {
		scope = u.Name + "/shared_activation"
	}
	a := g.activate(scope+"/init_bn", x)
	y := g.conv(u.Name+"/sub1/conv1", a, 3, u.Stride)
	y = g.conv(u.Name+"/sub2/conv2", g.activate(u.Name+"/sub2/bn2", y), 3, 1)
	if u.ActivateFirst {
		x = a
	}
	return g.add(u, y, g.pool(u, x))
}

// pool is the shortcut of a basic unit: the average of stride × stride pixels, and zeros for the channels that are new, as
// many before the others as behind.
func (g *graph) pool(u *network.Unit, x tensor) tensor {
	if u.Stride > 1 {
		x = tensor{
			g.node("AveragePool", u.Name+"/sub_add/pool", []string{x.name},
				intsAttribute("kernel_shape", u.Stride, u.Stride), intsAttribute("strides", u.Stride, u.Stride)),
			x.height / u.Stride, x.width / u.Stride,
		}
	}
	if u.In != u.Out {
		more := (u.Out - u.In) / 2
		pads := g.node("Constant", u.Name+"/sub_add/pads", nil, intsAttribute("value_ints", 0, more, 0, 0, 0, more, 0, 0))
		x.name = g.node("Pad", u.Name+"/sub_add/pad", []string{x.name, pads})
	}
	return x
}

// bottleneck is the unit of a 1×1, a 3×3 and a 1×1 convolution.
func (g *graph) bottleneck(u *network.Unit, x tensor) tensor {
	scope := u.Name + "/residual_bn_relu"
	if u.ActivateFirst {
		scope = u.Name + "/common_bn_relu"
	}
	a := g.activate(scope+"/init_bn", x)
	y := g.conv(u.Name+"/sub1/conv1", a, 1, u.Stride)
	y = g.conv(u.Name+"/sub2/conv2", g.activate(u.Name+"/sub2/bn2", y), 3, 1)
	y = g.conv(u.Name+"/sub3/conv3", g.activate(u.Name+"/sub3/bn3", y), 1, 1)
	if u.ActivateFirst {
		x = a
	}
	if u.In != u.Out || u.Stride != 1 {
		x = g.conv(u.Name+"/sub_add/project", x, 1, u.Stride)
	}
	return g.add(u, y, x)
}

func (g *graph) add(u *network.Unit, y, shortcut tensor) tensor {
	y.name = g.node("Add", u.Name+"/sub_add", []string{y.name, shortcut.name})
	return y
}

// head is the last activation, the global average pool and the fully connected layer.
func (g *graph) head(x tensor, o *Options) {
	a := g.activate("unit_last/final_bn", x)
	pooled := g.node("GlobalAveragePool", "unit_last/pool", []string{a.name})
	flat := g.node("Flatten", "unit_last/flat", []string{pooled})
	g.nodeTo(Logits, "Gemm", "logit", []string{flat, "logit/DW", "logit/biases"})
	if o.Softmax {
		g.nodeTo(Probabilities, "Softmax", "softmax", []string{Logits}, intAttribute("axis", 1))
	}
}
