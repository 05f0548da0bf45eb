package ir

import (
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/abi"
)

// Kind is what an operation does.
type Kind int

// The operations. Unless said otherwise they read In[0] and write Out, one image at a time.
const (
	OpImage               Kind = iota // Out = the image
	OpNormalize                       // Out = norm(In[0])
	OpActivate                        // Out = leaky(In[0])
	OpNormActivate                    // Out = leaky(norm(In[0]))
	OpConv                            // Out = In[0] ⋆ weights
	OpAdd                             // Out = In[0] + In[1]
	OpAddTo                           // Out += In[1]; Out is In[0]
	OpPool                            // Out = average pool of In[0], channels padded
	OpMaxPool                         // Out = max pool of In[0]; SecondOut, if any, = which tap of each window has the maximum
	OpPoolAdd                         // Out += average pool of In[1], channels padded; Out is In[0]
	OpMoments                         // counts In[0] into the norm's statistics
	OpGlobalPool                      // Out = mean of In[0] over its pixels
	OpBias                            // Out += bias; Out is In[0]
	OpLoss                            // loss of the logits In[0]; Out = their gradient
	OpBiasGradient                    // counts In[0] into the bias's gradient
	OpConvWeights                     // counts In[0] ⊗ In[1] into the weights' gradient
	OpConvData                        // Out = gradient of the input from In[0], that of the output
	OpGlobalPoolGradient              // Out = In[0] / pixels, at every pixel
	OpActivationGradient              // Out = In[0] · leaky'(In[1]); In[1] has the signs of what was activated
	OpNormSums                        // counts In[0], the gradient of the norm's output, and In[1], its input, into the norm's sums
	OpActivateGradient                // Out = In[0] · leaky'(norm(In[1])); counts it into the norm's sums
	OpNormGradient                    // Out = gradient of the norm's input from In[0], that of its output, and In[1], the input
	OpHalo                            // Out = In[0], in a halo of zeros
	OpStore                           // Out = In[0], or In[0] + In[1]; counts it into the norm's statistics
	OpNormGradientSum                 // Out = that of OpNormGradient + In[2]; SecondOut, if any, = Out in a halo of zeros
	OpActivateSum                     // Out = leaky(norm(In[0]) + In[1]), In[1] through a norm of its own if it has one; SecondOut as above
	OpActivateSumGradient             // Out = (In[0] + In[3]) · leaky'(In[1]); In[3] may be absent; counts Out and In[2] as OpNormSums
	OpBatchInput                      // transforms In[0] for OpBatchForward
	OpBatchInputGradient              // transforms In[0], the gradient of an output, for OpBatchData
	OpBatchInputWeights               // transforms In[0] and In[1], the gradient of its output, for OpBatchWeights
	OpBatchOutput                     // Out = what OpBatchForward has made
	OpBatchOutputGradient             // Out = what OpBatchData has made
	OpPoolGradientAdd                 // Out += transpose of the pool of In[1]; Out is In[0]
	OpMaxPoolGradient                 // Out = In[0], the gradient of a max pool's output, at the taps In[1]

	// Of inference only.
	OpConvEpilogue // the epilogue of y = In[0] ⋆ weights: Out = leaky(norm(x)), x being y, or y + In[1]; SecondOut, if any, = x
	OpEpilogue     // Out = leaky(norm(x)), x being In[0], or In[0] + In[1]; SecondOut, if any, = x

	// Between phases, once a batch.
	OpFinish         // statistics of the norm → coefficients
	OpFinishGradient // sums of the norm → gradients of gamma and beta
	OpBatchForward   // the products of a convolution of the whole batch
	OpBatchData      // likewise of its input's gradient
	OpBatchWeights   // likewise of its weights' gradient
	OpReduce         // groups of the weights' (or the bias's) gradient → gradient
	OpBarrier        // nothing: the barrier of a removed OpFinish

	numKinds
)

// Operand is the role of an input tensor in its operation.
type Operand int

// The operands.
const (
	Value          Operand = iota // read as it stands
	ConvInput                     // a convolution's input: it needs zeros around it, as wide as the kernel reaches
	OutputGradient                // the gradient of a convolution's output
)

// opInfo is everything that the compiler knows of a kind of operation, except the code that package
// emit writes for it.
type opInfo struct {
	name      string
	described bool      // it stands in the network's description, under this name: network.OpKind
	operands  []Operand // what it reads
	optional  int       // how many of the last operands may be absent

	inPlace    bool // it changes its first operand instead of writing a new tensor
	barrier    bool // it runs once for the batch, between phases
	cheap      bool // a phase computes it again where it is needed, so that its output takes no memory for a batch
	statistics bool // it is part of a norm's statistics, which only training needs
	groups     bool // it adds to the sums of a group of images
	streams    bool // it can write its output past the caches
	products   bool // it takes the products of a convolution
	transforms bool // at the end of a phase: the layer's next phase goes on with the products
	pools      bool // it is a pool of the forward pass

	shapes     func(*Op) []shapeRule       // nil: any
	derivative func(*Differentiation, *Op) // appends the gradients of its operands; nil: it has none
	partial    func(*Op) *Variable         // the variable whose gradient it adds to, for each group of images; may be nil
	planes     func(*Conv) int64           // elements of an image's transforms that it reads or writes; nil: none
	weights    func(*Op) int64             // elements of weights and their gradients that it reads or writes; nil: none
}

// shapeRule compares a tensor's shape with the shape that its operation requires.
type shapeRule struct {
	what      string
	got, want Shape
}

var (
	one   = []Operand{Value}
	two   = []Operand{Value, Value}
	three = []Operand{Value, Value, Value}
	four  = []Operand{Value, Value, Value, Value}
)

// opTable has a row for each kind. init fills it, since the rows' functions look into it.
var opTable [numKinds]opInfo

func init() {
	opTable = [...]opInfo{
		OpImage:      {name: "image", described: true, cheap: true, derivative: noGradient},
		OpNormalize:  {name: "normalize", described: true, operands: one, cheap: true, shapes: sameAsFirst, derivative: normalizeGradient},
		OpActivate:   {name: "activate", described: true, operands: one, shapes: sameAsFirst, derivative: written(OpActivationGradient, signs)},
		OpConv:       {name: "conv", described: true, operands: []Operand{ConvInput}, products: true, shapes: convShapes, derivative: convGradient, weights: forwardWeights},
		OpAdd:        {name: "add", described: true, operands: two, shapes: sameAsFirst, derivative: addGradient},
		OpPool:       {name: "pool", described: true, operands: one, pools: true, shapes: pooledFirst, derivative: added(OpPoolGradientAdd)},
		OpMaxPool:    {name: "max_pool", described: true, operands: one, pools: true, shapes: maxPooled, derivative: maxPoolGradient},
		OpMoments:    {name: "moments", operands: one, statistics: true, groups: true, derivative: noGradient},
		OpGlobalPool: {name: "global_pool", described: true, operands: one, derivative: written(OpGlobalPoolGradient, nothing)},
		OpBias:       {name: "bias", operands: one, inPlace: true, shapes: sameAsFirst, derivative: biasGradient},
		OpLoss:       {name: "loss", operands: one, shapes: sameAsFirst, derivative: lossGradient},

		OpNormActivate: {name: "norm_activate", operands: one, cheap: true, shapes: sameAsFirst, derivative: normActivateGradient},
		OpAddTo:        {name: "add_to", operands: two, inPlace: true, shapes: sameAsFirst},
		OpPoolAdd:      {name: "pool_add", operands: two, inPlace: true, shapes: pooledSecond},

		OpBiasGradient:       {name: "bias_gradient", operands: one, groups: true, partial: biasVariable},
		OpConvWeights:        {name: "conv_weights", operands: []Operand{ConvInput, OutputGradient}, groups: true, products: true, shapes: convWeightsShapes, partial: convVariable, weights: partialGradients},
		OpConvData:           {name: "conv_data", operands: []Operand{OutputGradient}, products: true, shapes: convDataShapes, weights: backwardWeights},
		OpGlobalPoolGradient: {name: "global_pool_gradient", operands: one},
		OpActivationGradient: {name: "activation_gradient", operands: two, shapes: sameAsFirst},
		OpNormSums:           {name: "norm_sums", operands: two, groups: true, shapes: sameAsFirst},
		OpActivateGradient:   {name: "activate_gradient", operands: two, groups: true, streams: true, shapes: sameAsFirst},
		OpNormGradient:       {name: "norm_gradient", operands: two, shapes: sameAsFirst},
		OpPoolGradientAdd:    {name: "pool_gradient_add", operands: two, inPlace: true, shapes: unpooledSecond},
		OpMaxPoolGradient:    {name: "max_pool_gradient", operands: two, shapes: maxUnpooled},

		OpHalo:            {name: "halo", operands: one, shapes: sameAsFirst},
		OpStore:           {name: "store", operands: two, optional: 1, groups: true, streams: true, shapes: sameAsFirst},
		OpNormGradientSum: {name: "norm_gradient_sum", operands: three, streams: true, shapes: sameAsFirst},

		OpActivateSum:         {name: "activate_sum", operands: two, streams: true, shapes: sameAsFirst},
		OpActivateSumGradient: {name: "activate_sum_gradient", operands: four, optional: 1, groups: true, streams: true, shapes: sameAsFirst},

		OpBatchInput:          {name: "batch_input", operands: []Operand{ConvInput}, planes: inputPlanes},
		OpBatchInputGradient:  {name: "batch_input_gradient", operands: []Operand{OutputGradient}, planes: outputPlanes},
		OpBatchInputWeights:   {name: "batch_input_weights", operands: []Operand{ConvInput, OutputGradient}, planes: bothPlanes},
		OpBatchOutput:         {name: "batch_output", planes: outputPlanes},
		OpBatchOutputGradient: {name: "batch_output_gradient", planes: inputPlanes},

		OpConvEpilogue: {name: "conv_epilogue", operands: []Operand{ConvInput, Value}, optional: 1, products: true, shapes: convEpilogueShapes, weights: forwardWeights},
		OpEpilogue:     {name: "epilogue", operands: two, optional: 1, shapes: sameAsFirst},

		OpFinish:         {name: "finish", barrier: true, statistics: true, derivative: noGradient},
		OpFinishGradient: {name: "finish_gradient", barrier: true},
		OpBatchForward:   {name: "batch_forward", barrier: true, products: true, transforms: true, planes: bothPlanes, weights: forwardWeights},
		OpBatchData:      {name: "batch_data", barrier: true, products: true, transforms: true, planes: bothPlanes, weights: backwardWeights},
		OpBatchWeights:   {name: "batch_weights", barrier: true, products: true, planes: bothPlanes, weights: summedWeights},
		OpReduce:         {name: "reduce", barrier: true, weights: reducedWeights},
		OpBarrier:        {name: "wait", barrier: true},
	}
}

// info returns the row of a kind. A kind without one is a defect of the compiler.
func (k Kind) info() *opInfo {
	if k < 0 || k >= numKinds || opTable[k].name == "" {
		panic(fmt.Sprintf("operation %d is not in the table", int(k)))
	}
	return &opTable[k]
}

// arity returns the most and the least operands that the operation has.
func (i *opInfo) arity() (most, least int) { return len(i.operands), len(i.operands) - i.optional }

// Kinds lists all kinds.
func Kinds() (kinds []Kind) {
	for k := range numKinds {
		kinds = append(kinds, k)
	}
	return kinds
}

// String returns the kind's name in dumps.
func (k Kind) String() string { return k.info().name }

// PerBatch reports whether the operation runs between phases, once a batch, and not for each image.
func (k Kind) PerBatch() bool { return k.info().barrier }

// Rematerializable reports whether a phase recomputes the operation instead of storing its output.
func (k Kind) Rematerializable() bool { return k.info().cheap }

// IsStatistics reports whether the operation is part of a norm's statistics, which only training
// needs.
func (k Kind) IsStatistics() bool { return k.info().statistics }

// SumsGroups reports whether the operation adds to the sums of a group of images.
func (k Kind) SumsGroups() bool { return k.info().groups }

// Described reports whether the operation stands in the network's description. What does not
// belongs to one that does: a norm's statistics to its normalization, biases to their convolution
// or the fully connected layer.
func (k Kind) Described() bool { return k.info().described }

// IsPool reports whether the operation is a pool of the forward pass.
func (k Kind) IsPool() bool { return k.info().pools }

// CanStream reports whether the operation can write its output past the caches.
func (k Kind) CanStream() bool { return k.info().streams }

// Accumulates reports whether the operation changes its first operand instead of writing a new
// tensor.
func (op *Op) Accumulates() bool { return op.Kind.info().inPlace }

// Operand returns the index of the first operand of a sort, or −1.
func (op *Op) Operand(sort Operand) int {
	for i, o := range op.Kind.info().operands {
		if o == sort {
			return i
		}
	}
	return -1
}

// Partial returns the variable to whose gradient the operation adds, for each group of images; nil
// if there is none.
func (op *Op) Partial() *Variable {
	if partial := op.Kind.info().partial; partial != nil {
		return partial(op)
	}
	return nil
}

func convVariable(op *Op) *Variable {
	if op.Conv.SumsBatch {
		return nil
	}
	return op.Conv.Weights
}
func biasVariable(op *Op) *Variable { return op.Bias.Variable }

// sameAsFirst holds that all tensors of an operation have the first one's shape.
func sameAsFirst(op *Op) (rules []shapeRule) {
	first := op.In[0].Shape
	for i, t := range op.In[1:] {
		rules = append(rules, shapeRule{[...]string{"second input", "third input", "fourth input"}[i], t.Shape, first})
	}
	for i, t := range op.Outs() {
		rules = append(rules, shapeRule{[...]string{"output", "second output"}[i], t.Shape, first})
	}
	return rules
}

func convShapes(op *Op) []shapeRule {
	return []shapeRule{{"input", op.In[0].Shape, op.Conv.In}, {"output", op.Out.Shape, op.Conv.Out}}
}

func convEpilogueShapes(op *Op) []shapeRule {
	rules := convShapes(op)
	if len(op.In) > 1 {
		rules = append(rules, shapeRule{"what is added", op.In[1].Shape, op.Conv.Out})
	}
	return rules
}

func convDataShapes(op *Op) []shapeRule {
	return []shapeRule{{"gradient of the output", op.In[0].Shape, op.Conv.Out}, {"gradient of the input", op.Out.Shape, op.Conv.In}}
}

func convWeightsShapes(op *Op) []shapeRule {
	return []shapeRule{{"input", op.In[0].Shape, op.Conv.In}, {"gradient of the output", op.In[1].Shape, op.Conv.Out}}
}

func pooledFirst(op *Op) []shapeRule {
	return []shapeRule{{"output", op.Out.Shape, pooled(op.In[0].Shape, op.Window, op.Out.Shape.C)}}
}

func pooledSecond(op *Op) []shapeRule {
	return []shapeRule{{"output", op.Out.Shape, pooled(op.In[1].Shape, op.Window, op.Out.Shape.C)}}
}

func unpooledSecond(op *Op) []shapeRule {
	return []shapeRule{{"second input", op.In[1].Shape, pooled(op.Out.Shape, op.Window, op.In[1].Shape.C)}}
}

// pooled is the shape of a pool's output: its windows lie inside the image.
func pooled(s Shape, w Window, channels int) Shape {
	return Shape{(s.H-w.Kernel)/w.Stride + 1, (s.W-w.Kernel)/w.Stride + 1, channels}
}

func maxPooled(op *Op) (rules []shapeRule) {
	for i, t := range op.Outs() {
		rules = append(rules, shapeRule{[...]string{"output", "second output"}[i], t.Shape, op.Window.over(op.In[0].Shape)})
	}
	return rules
}

func maxUnpooled(op *Op) (rules []shapeRule) {
	for i, t := range op.In {
		rules = append(rules, shapeRule{[...]string{"input", "second input"}[i], t.Shape, op.Window.over(op.Out.Shape)})
	}
	return rules
}

// inputPlanes counts the elements of an image's input, transformed by Winograd.
func inputPlanes(c *Conv) int64 { return c.planes(c.In.C) }

func outputPlanes(c *Conv) int64 { return c.planes(c.Out.C) }

func bothPlanes(c *Conv) int64 { return inputPlanes(c) + outputPlanes(c) }

// forwardWeights counts the packed weights that are read.
func forwardWeights(op *Op) int64 { return int64(op.Conv.ForwardLen) }

func backwardWeights(op *Op) int64 { return int64(op.Conv.BackwardLen) }

// partialGradients counts the gradients of the groups, which are written.
func partialGradients(op *Op) int64 {
	if op.Conv.SumsBatch {
		return 0
	}
	return abi.Groups * int64(op.Conv.Weights.Len())
}

// summedWeights counts the weights, read for their decay, and the gradient.
func summedWeights(op *Op) int64 { return 2 * int64(op.Conv.Weights.Len()) }

// reducedWeights counts the gradients of the groups, read, and what summedWeights does. Biases do
// not decay.
func reducedWeights(op *Op) int64 {
	if op.Bias != nil {
		return (abi.Groups + 1) * int64(op.Bias.Variable.Len())
	}
	if op.Conv.SumsBatch {
		return summedWeights(op)
	}
	return (abi.Groups + 2) * int64(op.Conv.Weights.Len())
}
