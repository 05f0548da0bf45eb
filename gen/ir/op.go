package ir

import (
	"iter"
	"strings"
)

// Kind is what an operation does.
type Kind int

// The operations. Unless said otherwise they read In[0] and write Out, one image at a time.
const (
	OpImage               Kind = iota // Out = the image
	OpActivate                        // Out = leaky(norm(In[0]))
	OpConv                            // Out = In[0] ⋆ weights
	OpAdd                             // Out += In[1]; Out is In[0]
	OpPoolAdd                         // Out += average pool of In[1], channels padded; Out is In[0]
	OpMoments                         // counts In[0] into the norm's statistics
	OpGlobalPool                      // Out = mean of In[0] over its pixels
	OpBias                            // Out += bias; Out is In[0]
	OpLoss                            // loss of the logits In[0]; Out = their gradient
	OpBiasGradient                    // counts In[0] into the bias's gradient
	OpConvWeights                     // counts In[0] ⊗ In[1] into the weights' gradient
	OpConvData                        // Out = gradient of the input from In[0], that of the output
	OpGlobalPoolGradient              // Out = In[0] / pixels, at every pixel
	OpActivateGradient                // Out = In[0] · leaky'(norm(In[1])); counts it into the norm's sums
	OpNormGradient                    // Out = gradient of the norm's input from In[0], that of its output, and In[1], the input
	OpHalo                            // Out = In[0], in a halo of zeros
	OpStore                           // Out = In[0], counted into the norm's statistics
	OpStoreSum                        // Out = In[0] + In[1], counted into the norm's statistics
	OpNormGradientSum                 // Out = that of OpNormGradient + In[2]; Also, if any, = Out in a halo of zeros
	OpBatchInput                      // transforms In[0] for OpBatchForward
	OpBatchInputGradient              // transforms In[0], the gradient of an output, for OpBatchData
	OpBatchInputWeights               // transforms In[0] and In[1], the gradient of its output, for OpBatchWeights
	OpBatchOutput                     // Out = what OpBatchForward has made
	OpBatchOutputGradient             // Out = what OpBatchData has made
	OpPoolGradientAdd                 // Out += transpose of the pool of In[1]; Out is In[0]

	// Of inference only.
	OpEnd    // Out = leaky(norm(In[0])); Also, if any, = In[0]
	OpEndSum // Out = leaky(norm(In[0] + In[1])); Also, if any, = In[0] + In[1]
	OpPool   // Out = average pool of In[0], channels padded

	// Between phases, once a batch.
	OpFinish         // statistics of the norm → coefficients
	OpFinishGradient // sums of the norm → gradients of gamma and beta
	OpBatchForward   // the products of a convolution of the whole batch
	OpBatchData      // likewise of its input's gradient
	OpBatchWeights   // likewise of its weights' gradient
	OpReduce         // groups of the weights' (or the bias's) gradient → gradient
	OpWait           // nothing: a barrier where OpFinish has stood
)

var kindNames = [...]string{
	"image", "activate", "conv", "add", "pool_add", "moments", "global_pool", "bias", "loss",
	"bias_gradient", "conv_weights", "conv_data", "global_pool_gradient", "activate_gradient", "norm_gradient", "halo", "store", "store_sum", "norm_gradient_sum", "batch_input", "batch_input_gradient", "batch_input_weights", "batch_output", "batch_output_gradient", "pool_gradient_add", "end", "end_sum", "pool",
	"finish", "finish_gradient", "batch_forward", "batch_data", "batch_weights", "reduce", "wait",
}

// String returns the kind's name in dumps.
func (k Kind) String() string { return kindNames[k] }

// Between reports whether the operation runs between phases, once a batch, and not for each image.
func (k Kind) Between() bool { return k >= OpFinish }

// inputs is the number of tensors that each kind reads.
var inputs = [...]int{
	OpImage: 0, OpActivate: 1, OpConv: 1, OpAdd: 2, OpPoolAdd: 2, OpMoments: 1, OpGlobalPool: 1, OpBias: 1, OpLoss: 1,
	OpBiasGradient: 1, OpConvWeights: 2, OpConvData: 1, OpGlobalPoolGradient: 1, OpActivateGradient: 2, OpNormGradient: 2, OpHalo: 1, OpStore: 1, OpStoreSum: 2, OpNormGradientSum: 3, OpBatchInput: 1, OpBatchInputGradient: 1, OpBatchInputWeights: 2, OpBatchOutput: 0, OpBatchOutputGradient: 0, OpPoolGradientAdd: 2,
	OpEnd: 1, OpEndSum: 2, OpPool: 1,
	OpFinish: 0, OpFinishGradient: 0, OpBatchForward: 0, OpBatchData: 0, OpBatchWeights: 0, OpReduce: 0, OpWait: 0,
}

// Op is an operation. Which of the fields behind Out are set depends on its kind.
type Op struct {
	Kind  Kind
	Pass  Pass
	Layer string // the layer it is part of
	In    []*Tensor
	Out   *Tensor
	Also  *Tensor // written too: of OpNormGradientSum in a halo, of OpEnd and OpEndSum what is activated; may be nil

	Conv   *Conv
	Norm   *Norm
	Bias   *Bias
	Stride int  // of a pool
	Stream bool // Out is written past the caches
}

// Unit returns the scope of the operation's layer.
func (op *Op) Unit() string {
	unit, _, _ := strings.Cut(op.Layer, "/")
	return unit
}

// Outs returns the tensors that the operation writes.
func (op *Op) Outs() []*Tensor {
	switch {
	case op.Out == nil:
		return nil
	case op.Also == nil:
		return []*Tensor{op.Out}
	}
	return []*Tensor{op.Out, op.Also}
}

// Tensors yields the tensors that the operation reads, then those that it writes.
func (op *Op) Tensors() iter.Seq[*Tensor] {
	return func(yield func(*Tensor) bool) {
		for _, t := range op.In {
			if !yield(t) {
				return
			}
		}
		if op.Out != nil && yield(op.Out) && op.Also != nil {
			yield(op.Also)
		}
	}
}

// Accumulates reports whether the operation changes its first input instead of writing a new tensor.
func (op *Op) Accumulates() bool {
	switch op.Kind {
	case OpAdd, OpPoolAdd, OpBias, OpPoolGradientAdd:
		return true
	}
	return false
}
