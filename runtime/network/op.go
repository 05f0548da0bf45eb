package network

import (
	"fmt"
	"slices"
)

// OpKind is what an operation of the forward pass does.
type OpKind string

// The kinds.
const (
	Image      OpKind = "image"       // the network's input
	Conv       OpKind = "conv"        // a convolution
	Normalize  OpKind = "normalize"   // a batch normalization
	Activate   OpKind = "activate"    // a ReLU, leaky or plain
	Add        OpKind = "add"         // the sum of a unit's branch, In[0], and its shortcut, In[1]
	Pool       OpKind = "pool"        // an average pool, or of windows of one pixel a subsampling, and zeros for channels that are new, as many before the others as behind
	MaxPool    OpKind = "max_pool"    // the largest value of each window; what lies outside the image is in none
	GlobalPool OpKind = "global_pool" // the mean over all pixels
	Dense      OpKind = "dense"       // the fully connected layer, with its biases: it makes the logits
)

// Op is an operation of the forward pass on one image. It reads the outputs of operations before
// it, and makes one tensor.
type Op struct {
	Kind      OpKind
	Name      string // the scope of its variables; without variables, that of what it is part of
	Layer     int    // its layer: a row of Info.Layers
	In        []int  // the operations whose outputs it reads: rows of Info.Ops
	Out       [3]int // height, width, channels
	Kernel    int    // height and width of what an output of a convolution or a pool sees
	Stride    int    // of a convolution or a pool
	Symmetric bool   // padding of a convolution or a max pool: Kernel/2 pixels a side; false: TensorFlow's SAME
	Shortcut  bool   // it is a convolution on a unit's shortcut
}

// Roles returns the variables of each of Info.Ops by their roles.
func (i *Info) Roles() []map[Role]*VariableInfo {
	roles := make([]map[Role]*VariableInfo, len(i.Ops))
	for k := range i.Variables {
		v := &i.Variables[k]
		if i.OpOf(v) == nil {
			continue
		}
		if roles[v.Op] == nil {
			roles[v.Op] = map[Role]*VariableInfo{}
		}
		roles[v.Op][v.Role] = v
	}
	return roles
}

// OpOf returns the operation that a variable is part of; nil in a description without operations.
func (i *Info) OpOf(v *VariableInfo) *Op {
	if v.Op >= len(i.Ops) {
		return nil
	}
	return &i.Ops[v.Op]
}

// InLastLayer reports whether a variable belongs to the last layer. The shape of this layer depends
// on the number of classes.
func (i *Info) InLastLayer(v *VariableInfo) bool {
	op := i.OpOf(v)
	return op != nil && op.Kind == Dense
}

// IsLastLayer is [Info.InLastLayer] of a variable's name.
func (i *Info) IsLastLayer(variable string) bool {
	return slices.ContainsFunc(i.Variables, func(v VariableInfo) bool { return i.InLastLayer(&v) && v.Name == variable })
}

// LayerOps describes what each layer computes in a few words, such as "bn, leaky, 3×3/2, + pool 2".
func (i *Info) LayerOps() []string {
	layers := make([]string, len(i.Layers))
	for k := range i.Ops {
		op := &i.Ops[k]
		for len(layers) <= op.Layer {
			layers = append(layers, "")
		}
		words := op.words()
		if layers[op.Layer] != "" && words != "" {
			words = ", " + words
		}
		layers[op.Layer] += words
	}
	return layers
}

// words is what a layer's description says of an operation: nothing of the input, and of a sum what
// makes its summand.
func (o *Op) words() string {
	switch o.Kind {
	case Normalize:
		return "bn"
	case Activate:
		return "leaky"
	case Conv:
		return o.size()
	case Pool:
		if o.Kernel < o.Stride {
			return fmt.Sprintf("+ subsample %d", o.Stride)
		}
		return fmt.Sprintf("+ pool %d", o.Stride)
	case MaxPool:
		return "max pool " + o.size()
	case GlobalPool:
		return "global pool"
	case Dense:
		return "fully connected"
	case Image, Add:
	}
	return ""
}

// size is the kernel and the stride of a convolution or of a max pool, and its padding where that
// makes a difference.
func (o *Op) size() string {
	if o.Stride > 1 && o.Symmetric {
		return fmt.Sprintf("%d×%d/%d symmetric", o.Kernel, o.Kernel, o.Stride)
	}
	if o.Stride > 1 {
		return fmt.Sprintf("%d×%d/%d", o.Kernel, o.Kernel, o.Stride)
	}
	return fmt.Sprintf("%d×%d", o.Kernel, o.Kernel)
}

// Label says what an operation does, such as "average pool 2×2, stride 2": leak is the network's.
func (o *Op) Label(leak float64) string {
	switch o.Kind {
	case Conv:
		return o.windows("conv")
	case Normalize:
		return "batch norm"
	case Activate:
		if leak == 0 {
			return "ReLU"
		}
		return "leaky ReLU"
	case Pool:
		if o.Stride == 1 {
			return "pad channels"
		}
		if o.Kernel < o.Stride {
			return fmt.Sprintf("subsample, stride %d", o.Stride)
		}
		return o.windows("average pool")
	case MaxPool:
		return o.windows("max pool")
	case GlobalPool:
		return "global average pool"
	case Dense:
		return "fully connected"
	case Image, Add:
	}
	return string(o.Kind)
}

// windows is the label of what sees windows of its input.
func (o *Op) windows(name string) string {
	if o.Stride > 1 && o.Symmetric {
		return fmt.Sprintf("%s %d×%d, stride %d, padding %d", name, o.Kernel, o.Kernel, o.Stride, o.Kernel/2)
	}
	if o.Stride > 1 {
		return fmt.Sprintf("%s %d×%d, stride %d", name, o.Kernel, o.Kernel, o.Stride)
	}
	return fmt.Sprintf("%s %d×%d", name, o.Kernel, o.Kernel)
}

// OriginLayers names the layers that can be the first to write NaN or Inf into a variable: its own
// layer. For a moving average these are the layers of the convolutions before the normalization. An
// earlier normalization has read what their sum has from further back.
func (i *Info) OriginLayers(v *VariableInfo) []string {
	if !v.Role.Moving() {
		return []string{i.LayerOf(v)}
	}
	return i.makers(i.Ops[v.Op].In[0])
}

// makers names the layers of the convolutions that make an operation's output: its own, or those of
// its summands.
func (i *Info) makers(op int) (layers []string) {
	switch o := &i.Ops[op]; o.Kind {
	case Conv, Image:
		layers = append(layers, i.Layers[o.Layer].Name)
	case Add:
		for _, in := range o.In {
			if i.Ops[in].Kind == Conv {
				layers = append(layers, i.makers(in)...)
			}
		}
	case Normalize, Activate, Pool, MaxPool, GlobalPool, Dense:
		layers = i.makers(o.In[0])
	}
	return layers
}

// LayerOf names the layer of a variable.
func (i *Info) LayerOf(v *VariableInfo) string { return i.Layers[i.Ops[v.Op].Layer].Name }
