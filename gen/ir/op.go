package ir

import "iter"

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
	OpPoolAdd                         // Out += average pool of In[1], channels padded; Out is In[0]
	OpMoments                         // counts In[0] into the norm's statistics
	OpGlobalPool                      // Out = mean of In[0] over its pixels
	OpBias                            // Out += bias; Out is In[0]
	OpLoss                            // loss of the logits In[0]; Out = their gradient
	OpBiasGradient                    // counts In[0] into the bias's gradient
	OpConvWeights                     // counts In[0] ⊗ In[1] into the weights' gradient
	OpConvData                        // Out = gradient of the input from In[0], that of the output
	OpGlobalPoolGradient              // Out = In[0] / pixels, at every pixel
	OpActivationGradient              // Out = In[0] · leaky'(In[1])
	OpNormSums                        // counts In[0], the gradient of the norm's output, and In[1], its input, into the norm's sums
	OpActivateGradient                // Out = In[0] · leaky'(norm(In[1])); counts it into the norm's sums
	OpNormGradient                    // Out = gradient of the norm's input from In[0], that of its output, and In[1], the input
	OpHalo                            // Out = In[0], in a halo of zeros
	OpStore                           // Out = In[0], or In[0] + In[1]; counts it into the norm's statistics
	OpNormGradientSum                 // Out = that of OpNormGradient + In[2]; Also, if any, = Out in a halo of zeros
	OpBatchInput                      // transforms In[0] for OpBatchForward
	OpBatchInputGradient              // transforms In[0], the gradient of an output, for OpBatchData
	OpBatchInputWeights               // transforms In[0] and In[1], the gradient of its output, for OpBatchWeights
	OpBatchOutput                     // Out = what OpBatchForward has made
	OpBatchOutputGradient             // Out = what OpBatchData has made
	OpPoolGradientAdd                 // Out += transpose of the pool of In[1]; Out is In[0]

	// Of inference only.
	OpEpilogue // Out = leaky(norm(x)), x being In[0], or In[0] + In[1]; Also, if any, = x

	// Between phases, once a batch.
	OpFinish         // statistics of the norm → coefficients
	OpFinishGradient // sums of the norm → gradients of gamma and beta
	OpBatchForward   // the products of a convolution of the whole batch
	OpBatchData      // likewise of its input's gradient
	OpBatchWeights   // likewise of its weights' gradient
	OpReduce         // groups of the weights' (or the bias's) gradient → gradient
	OpWait           // nothing: a barrier where OpFinish has stood

	numKinds
)

// Op is an operation. Which of the fields behind Out are set depends on its kind.
type Op struct {
	Kind  Kind
	Pass  Pass
	Layer string // the layer it is part of
	Name  string // of a forward operation of the spec: the scope of its variables; without variables, that of what it is part of
	In    []*Tensor
	Out   *Tensor
	Also  *Tensor // written too: of OpNormGradientSum in a halo, of OpEpilogue what is activated; may be nil

	Conv   *Conv
	Norm   *Norm
	Bias   *Bias
	Stride int  // of a pool
	Stream bool // Out is written past the caches
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
