package spec

// Net is a decoded and valid network spec: every default filled in, every list of full length.
//
// The jsonschema tags of this file are the one statement of what a value alone may be: the decoder
// enforces them and schema.json is generated from them. A tag such as of:"optimizer=mom,nesterov"
// says that a key goes with these values of another key of its mapping alone: with others it has no
// value, or where it is always written its zero. Other rules between values are in rules.go.
type Net struct {
	// Name is the name of the network, of its Go package and of its trainer.
	Name string `yaml:"name" json:"name" jsonschema:"required,pattern=^[a-z][a-z0-9_]*$,maxLength=63,example=resnet20" want:"a lower-case letter, then lower-case letters, digits and _"`
	// Family is the published networks that the spec begins from: it fills in what the file does
	// not say, and decides the names of variables, what the last layer starts from, and the
	// derivative of the activation at 0.
	Family string `yaml:"family" json:"family,omitempty" jsonschema:"default=tensorflow,enum=tensorflow,enum=torchvision,enum=torchvision-small,enum=paper,enum=v1"`
	// Input is the size of an image.
	Input Input `yaml:"input,flow" json:"input" jsonschema:"required"`
	// Standardize is the mean and deviation that every image is standardized by. Without it: the
	// family's, or by those of the image's own pixels.
	Standardize Standardize `yaml:"standardize,omitempty,flow" json:"standardize,omitzero"`
	// Preprocess is how images of any size become the network's input. Without it: the family's, or
	// the largest part of an image's centre that has the input's proportions is resized.
	Preprocess Preprocess `yaml:"preprocess,omitempty,flow" json:"preprocess,omitzero"`
	// Classes is the number of classes that images are sorted into.
	Classes int `yaml:"classes" json:"classes" jsonschema:"required,minimum=2,maximum=65536,example=10"`
	// Filters are the output channels of the stem, then of each stage. They decide the number of
	// stages. Without them the family's: tensorflow has 16, 16, 32, 64, or with bottleneck 16, 64,
	// 128, 256.
	Filters []int `yaml:"filters,flow" json:"filters" jsonschema:"minItems=2,maxItems=65,minimum=1,maximum=65536"`
	// Strides are those of the first unit of each stage. Without them: 1, then 2 in each later
	// stage; tensorflow needs them where stages are not three.
	Strides []int `yaml:"strides,flow" json:"strides" jsonschema:"minItems=1,maxItems=64,minimum=1,maximum=65536"`
	// Units is the number of residual units of each stage: a list, or one number for all stages.
	Units []int `yaml:"units,flow" json:"units" jsonschema:"required,minItems=1,maxItems=64,minimum=1,maximum=10000" spread:"true"`
	// Stem says what stands between the image and the first unit.
	Stem Stem `yaml:"stem,flow" json:"stem,omitzero"`
	// Bottleneck chooses units of 1×1, 3×3 and 1×1 convolutions instead of two of 3×3.
	Bottleneck bool `yaml:"bottleneck" json:"bottleneck" jsonschema:"default=false"`
	// InnerFilters are the channels of each stage between a bottleneck's convolutions. Without
	// them: a quarter of the stage's filters.
	InnerFilters []int `yaml:"inner_filters,omitempty,flow" json:"inner_filters,omitempty" jsonschema:"minItems=1,maxItems=64,minimum=1,maximum=65536" of:"bottleneck=true"`
	// BottleneckStride is the convolution of a bottleneck that strides: first (a 1×1) or middle
	// (the 3×3, as torchvision's).
	BottleneckStride string `yaml:"bottleneck_stride,omitempty" json:"bottleneck_stride,omitempty" jsonschema:"default=first,enum=first,enum=middle" of:"bottleneck=true"`
	// Unit is where a unit activates: pre-activation (before each convolution, and the shortcut is
	// added last) or post-activation (behind each convolution, and behind the sum).
	Unit string `yaml:"unit" json:"unit,omitempty" jsonschema:"default=pre-activation,enum=pre-activation,enum=post-activation"`
	// ActivateBeforeResidual says whether the shortcut of each stage's first unit takes the
	// normalized and activated input. Without it: true for the first stage, false for the others.
	// With post-activation all are false: every shortcut takes an activated input.
	ActivateBeforeResidual []bool `yaml:"activate_before_residual,flow" json:"activate_before_residual" jsonschema:"minItems=1,maxItems=64" of:"unit=pre-activation"`
	// Shortcut is what brings a unit's input to the shape of its branch, where that is another:
	// average-pad (an average pool and channels of zeros), subsample-pad (every stride-th pixel and
	// channels of zeros), projection (a 1×1 convolution) or projection-bn (with a norm behind it).
	// Without it the family's: tensorflow has average-pad, or with bottleneck projection.
	Shortcut string `yaml:"shortcut" json:"shortcut,omitempty" jsonschema:"enum=average-pad,enum=subsample-pad,enum=projection,enum=projection-bn"`
	// Padding is that of convolutions and the max pool: same (TensorFlow's: where it is odd, one
	// pixel more behind the image than before) or symmetric (PyTorch's: half the kernel on each
	// side). They differ at strides above 1.
	Padding string `yaml:"padding" json:"padding,omitempty" jsonschema:"default=same,enum=same,enum=symmetric"`
	// Bias says whether every convolution adds a bias to each output channel.
	Bias bool `yaml:"bias" json:"bias,omitempty" jsonschema:"default=false"`
	// ReluLeakiness is the slope of the activation below 0; 0 is the plain ReLU.
	ReluLeakiness float64 `yaml:"relu_leakiness" json:"relu_leakiness" jsonschema:"default=0.1,minimum=0,exclusiveMaximum=1,example=0.1"`
	// BatchNorm holds the constants of every batch normalization.
	BatchNorm BatchNorm `yaml:"batch_norm,flow" json:"batch_norm"`
	// Initialization says what the weights of convolutions start from: normal values of variance
	// 2/(k·k·out) (fan-out) or 2/(k·k·in) (fan-in), or uniform ones of variance 2/(k·k·(in+out))
	// (glorot-uniform), with k the kernel, in and out the channels.
	Initialization string `yaml:"initialization" json:"initialization,omitempty" jsonschema:"default=fan-out,enum=fan-out,enum=fan-in,enum=glorot-uniform"`
	// Train says how the network is trained.
	Train Train `yaml:"train" json:"train"`
	// Eval says how the network is evaluated.
	Eval Eval `yaml:"eval,flow" json:"eval"`
	// Data is the name of the data set, or the path of a folder that holds one, with a slash.
	// Without it the trainer's flag --data says it.
	Data string `yaml:"data" json:"data" jsonschema:"maxLength=4096,pattern=^(|cifar10|cifar100|fashion-mini|fashion-mnist|\\P{Cc}*[/\\\\]\\P{Cc}*)$,example=cifar10" want:"cifar10, cifar100, fashion-mini, fashion-mnist, or a path with a slash"`
	// Labels are the names of the classes: none, or a different one for each class. Without them
	// classes go by number; a folder of images has names of its own.
	Labels []string `yaml:"labels,flow" json:"labels" jsonschema:"maxItems=65536,uniqueItems=true,pattern=^\\P{Cc}+$,maxLength=100" want:"text, not empty, without control characters"`
	// Algorithm says how convolutions are computed: direct, winograd where it applies (3×3, stride
	// 1), or auto, which chooses by shape.
	Algorithm string `yaml:"algorithm" json:"algorithm" jsonschema:"default=auto,enum=auto,enum=direct,enum=winograd"`
}

// Input is the size of an image.
type Input struct {
	// Height is the number of rows.
	Height int `yaml:"height" json:"height" jsonschema:"required,minimum=1,maximum=65536,example=32"`
	// Width is the number of columns.
	Width int `yaml:"width" json:"width" jsonschema:"required,minimum=1,maximum=65536,example=32"`
	// Channels is the number of values of a pixel.
	Channels int `yaml:"channels" json:"channels" jsonschema:"required,minimum=1,maximum=65536,example=3"`
}

// Standardize is the mean and deviation that every image is standardized by, of pixels from 0 to 1.
type Standardize struct {
	// Mean is the mean of each channel over the training images, whose values go from 0 to 1.
	Mean []float64 `yaml:"mean,flow" json:"mean" jsonschema:"minItems=1,maxItems=65536,minimum=0,maximum=1"`
	// Std is the standard deviation of each channel over the training images, whose values go from
	// 0 to 1.
	Std []float64 `yaml:"std,flow" json:"std" jsonschema:"minItems=1,maxItems=65536,minimum=0.001,maximum=1"`
}

// Preprocess is how images of any size become the network's input. They are resized first, with
// Pillow's bytes, and the input is cut out of their middle, as torchvision's CenterCrop does it.
type Preprocess struct {
	// Resize is the shorter side of what the input is cut from, in pixels. Without it: 256/224 of
	// the input's shorter side; with fit stretch or pad that side.
	Resize int `yaml:"resize" json:"resize" jsonschema:"minimum=1,maximum=65536,example=256"`
	// Fit is crop (resize is the image's shorter side, as torchvision's Resize has it), stretch
	// (the image takes the input's proportions) or pad (the whole image, with black beside it).
	Fit string `yaml:"fit" json:"fit" jsonschema:"enum=crop,enum=stretch,enum=pad"`
	// Crop is the side of the square that is cut out: the input's. An input that is no square has
	// none.
	Crop int `yaml:"crop,omitempty" json:"crop,omitempty" jsonschema:"minimum=1,maximum=65536,example=224"`
	// Interpolation is bilinear or bicubic, both antialiased.
	Interpolation string `yaml:"interpolation" json:"interpolation" jsonschema:"enum=bilinear,enum=bicubic"`
	// Channels is the order of an input's three channels: rgb, or bgr, also of standardize.
	Channels string `yaml:"channels" json:"channels" jsonschema:"enum=rgb,enum=bgr"`
}

// Stem is what stands between the image and the first unit.
type Stem struct {
	// Kernel is the height and width of the convolution's kernel, an odd number.
	Kernel int `yaml:"kernel" json:"kernel,omitempty" jsonschema:"default=3,minimum=1,maximum=15,example=7"`
	// Stride is that of the convolution.
	Stride int `yaml:"stride" json:"stride,omitempty" jsonschema:"default=1,minimum=1,maximum=8,example=2"`
	// Pool is what follows the stem's convolution: none, or max, the largest values of 3×3 pixels,
	// at stride 2.
	Pool string `yaml:"pool" json:"pool,omitempty" jsonschema:"default=none,enum=none,enum=max"`
}

// BatchNorm holds the constants of every batch normalization.
type BatchNorm struct {
	// Epsilon is added to the variance.
	Epsilon float64 `yaml:"epsilon" json:"epsilon" jsonschema:"default=0.001,exclusiveMinimum=0,maximum=1,example=0.001"`
	// Decay is the share of the moving averages that a training step keeps.
	Decay float64 `yaml:"decay" json:"decay" jsonschema:"default=0.9,minimum=0,exclusiveMaximum=1,example=0.9"`
	// Variance is the one that the moving averages take: biased (of the batch's n values,
	// Σ(x−mean)²/n, as TensorFlow's) or unbiased (Σ(x−mean)²/(n−1), as PyTorch's). Norms divide by
	// the biased one.
	Variance string `yaml:"variance" json:"variance,omitempty" jsonschema:"default=biased,enum=biased,enum=unbiased"`
	// LastGamma is the gamma that the last norm of each unit starts from, 0 or 1. With 0 units
	// start as their shortcuts; pre-activation units, which end in a convolution, have 1.
	LastGamma int `yaml:"last_gamma" json:"last_gamma,omitempty" jsonschema:"default=1,minimum=0,maximum=1,example=0"`
}

// Train says how the network is trained.
type Train struct {
	// Batch is the number of images of a training step.
	Batch int `yaml:"batch" json:"batch" jsonschema:"default=128,minimum=1,maximum=65536,example=128"`
	// Optimizer is sgd (plain gradient descent), mom (momentum as TensorFlow's), nesterov
	// (Nesterov's momentum) or adamw (Adam with decoupled weight decay).
	Optimizer string `yaml:"optimizer" json:"optimizer" jsonschema:"default=mom,enum=sgd,enum=mom,enum=nesterov,enum=adamw"`
	// Momentum is the share of the accumulated gradient that a step keeps; 0 with an optimizer that
	// has none.
	Momentum float64 `yaml:"momentum" json:"momentum" jsonschema:"default=0.9,minimum=0,exclusiveMaximum=1,example=0.9" of:"optimizer=mom,nesterov"`
	// Adam holds the constants of adamw; other optimizers have none.
	Adam Adam `yaml:"adam,omitempty,flow" json:"adam,omitzero" of:"optimizer=adamw"`
	// WeightDecay is the factor of half the squared norm of the decayed variables in the loss; with
	// adamw it is decoupled from the loss.
	WeightDecay float64 `yaml:"weight_decay" json:"weight_decay" jsonschema:"default=0.0002,minimum=0,maximum=1,example=0.0002"`
	// DecayOn says which variables decay: weights (of convolutions and of the last layer) or all
	// that are trained.
	DecayOn string `yaml:"decay_on" json:"decay_on" jsonschema:"default=weights,enum=weights,enum=all"`
	// LabelSmoothing is the share of each label that is spread evenly over all classes.
	LabelSmoothing float64 `yaml:"label_smoothing" json:"label_smoothing" jsonschema:"default=0,minimum=0,exclusiveMaximum=1,example=0.1"`
	// LearningRate is the schedule of the learning rate. Without it: the official model's, by step:
	// 0.1, 0.01 from 40000, 0.001 from 60000, 0.0001 from 80000.
	LearningRate LearningRate `yaml:"learning_rate" json:"learning_rate"`
	// Recompute is the number of units of a segment of which only the input is kept for the
	// backward pass, which makes the rest again: less memory, more time, the same results, to the
	// bit. 0 keeps everything.
	Recompute int `yaml:"recompute,omitempty" json:"recompute,omitempty" jsonschema:"default=0,minimum=0,maximum=10000,example=18"`
	// Augment says how training images are varied.
	Augment Augment `yaml:"augment,flow" json:"augment"`
	// EMA is the decay of an exponential moving average of all variables that is evaluated in their
	// place; 0 is none.
	EMA float64 `yaml:"ema" json:"ema" jsonschema:"default=0,minimum=0,exclusiveMaximum=1,example=0.999"`
}

// Adam holds the constants of optimizer adamw. Without them: those of Kingma and Ba, "Adam: A
// Method for Stochastic Optimization", 2015, algorithm 1.
type Adam struct {
	// Beta1 is the share of the mean gradient that a step keeps.
	Beta1 float64 `yaml:"beta1" json:"beta1" jsonschema:"default=0.9,minimum=0,exclusiveMaximum=1,example=0.9"`
	// Beta2 is the share of the mean squared gradient that a step keeps.
	Beta2 float64 `yaml:"beta2" json:"beta2" jsonschema:"default=0.999,minimum=0,exclusiveMaximum=1,example=0.999"`
	// Epsilon is added to the root of the mean squared gradient.
	Epsilon float64 `yaml:"epsilon" json:"epsilon" jsonschema:"default=0.00000001,exclusiveMinimum=0,maximum=1,example=1e-8"`
}

// LearningRate is a schedule; which fields count depends on Schedule.
type LearningRate struct {
	// Schedule is the shape of the learning rate over the run; it decides which of the other keys
	// count.
	Schedule string `yaml:"schedule" json:"schedule" jsonschema:"required,enum=piecewise,enum=constant,enum=cosine,enum=one-cycle"`
	// Boundaries are the steps from which the next of the values holds, strictly increasing.
	// Without boundaries and values: the official model's.
	Boundaries []int `yaml:"boundaries,omitempty" json:"boundaries,omitempty" jsonschema:"minItems=1,maxItems=1000,minimum=1,maximum=2147483647" of:"schedule=piecewise"`
	// Values are the learning rates before, between and after the boundaries.
	Values []float64 `yaml:"values,omitempty" json:"values,omitempty" jsonschema:"minItems=2,maxItems=1001,minimum=0" of:"schedule=piecewise"`
	// Value is the learning rate.
	Value float64 `yaml:"value,omitempty" json:"value,omitempty" jsonschema:"minimum=0,example=0.1" of:"schedule=constant"`
	// Start is the learning rate from which a half cosine falls to 0 at the end of the run.
	Start float64 `yaml:"start,omitempty" json:"start,omitempty" jsonschema:"minimum=0,example=0.1" of:"schedule=cosine"`
	// Peak is the highest learning rate of the cycle.
	Peak float64 `yaml:"peak,omitempty" json:"peak,omitempty" jsonschema:"minimum=0,example=0.2" of:"schedule=one-cycle"`
	// Warmup is the share of the run in which the learning rate rises linearly from 0; it goes with
	// every schedule.
	Warmup float64 `yaml:"warmup,omitempty" json:"warmup,omitempty" jsonschema:"default=0,minimum=0,exclusiveMaximum=1,example=0.15"`
}

// Augment says how training images are varied.
type Augment struct {
	// Pad is the number of zeros that each side gets before the random crop.
	Pad int `yaml:"pad" json:"pad" jsonschema:"default=2,minimum=0,maximum=1024,example=2"`
	// Flip is none, random (half of the images are mirrored left to right) or alternating (half of
	// them in the first epoch, the other half in the next, and so on).
	Flip string `yaml:"flip" json:"flip" jsonschema:"default=random,enum=none,enum=random,enum=alternating"`
	// Cutout is the side of a square, at a random place of each image, that is erased; 0 is none.
	Cutout int `yaml:"cutout" json:"cutout" jsonschema:"default=0,minimum=0,maximum=65536,example=8"`
}

// Eval says how the network is evaluated.
type Eval struct {
	// Batch is the number of images of an evaluation step.
	Batch int `yaml:"batch" json:"batch" jsonschema:"default=100,minimum=1,maximum=65536,example=100"`
	// Flip takes the mean of the logits of an image and its mirror.
	Flip bool `yaml:"flip" json:"flip" jsonschema:"default=false"`
	// Shift takes the mean of the logits of an image and of it moved by up to so many pixels in
	// each direction.
	Shift int `yaml:"shift" json:"shift" jsonschema:"default=0,minimum=0,maximum=8,example=1"`
}

// shapeKeys are the keys that the sizes of images and convolutions follow from.
var shapeKeys = []string{"input", "classes", "filters", "strides", "units", "stem", "bottleneck", "inner_filters", "bottleneck_stride", "shortcut"}

// Conv is a convolution's kernel, stride and channels.
type Conv struct {
	Kernel, Stride int
	In, Out        int // channels
}

// weights returns the number of its weights.
func (c *Conv) weights() int64 {
	return int64(c.Kernel) * int64(c.Kernel) * int64(c.In) * int64(c.Out)
}

// parameters returns the number of a convolution's weights and biases.
func (n *Net) parameters(c *Conv) int64 {
	if n.Bias {
		return c.weights() + int64(c.Out)
	}
	return c.weights()
}

// halo returns the most pixels that the kernel reads beyond a side of the image.
func (c *Conv) halo() int { return c.Kernel / 2 }

// StemConv returns the convolution before the first unit.
func (n *Net) StemConv() Conv {
	return Conv{Kernel: n.Stem.Kernel, Stride: n.Stem.Stride, In: n.Input.Channels, Out: n.Filters[0]}
}

// StemPool returns the kernel and the stride of the max pool behind that convolution; 0 and 0
// without one.
func (n *Net) StemPool() (kernel, stride int) {
	if n.Stem.Pool == "max" {
		return 3, 2
	}
	return 0, 0
}

// unitsInput returns the size of an image where the first unit takes it.
func (n *Net) unitsInput() (height, width int) {
	stem := n.StemConv()
	height, width = ceil(n.Input.Height, stem.Stride), ceil(n.Input.Width, stem.Stride)
	if _, stride := n.StemPool(); stride > 0 {
		height, width = ceil(height, stride), ceil(width, stride)
	}
	return height, width
}

// UnitConvs returns the convolutions of a residual unit's branch, in order. Stages and their units
// count from 0.
func (n *Net) UnitConvs(stage, unit int) []Conv {
	in, out, stride := n.unitShape(stage, unit)
	if !n.Bottleneck {
		return []Conv{{3, stride, in, out}, {3, 1, out, out}}
	}
	inner, first, middle := n.InnerFilters[stage], stride, 1
	if n.BottleneckStride == "middle" {
		first, middle = 1, stride
	}
	return []Conv{{1, first, in, inner}, {3, middle, inner, inner}, {1, 1, inner, out}}
}

// Projects reports whether shortcuts that change the shape are convolutions; else they are pools.
func (n *Net) Projects() bool { return n.Shortcut == projection || n.Shortcut == projectionBN }

// The values of Shortcut.
const (
	averagePad   = "average-pad"
	subsamplePad = "subsample-pad"
	projection   = "projection"
	projectionBN = "projection-bn"
)

// ShortcutNorm reports whether a norm stands behind the convolution of a shortcut.
func (n *Net) ShortcutNorm() bool { return n.Shortcut == projectionBN }

// ShortcutWindow returns the kernel of a shortcut's pool of the given stride: of one pixel where it
// takes every stride-th.
func (n *Net) ShortcutWindow(stride int) int {
	if n.Shortcut == subsamplePad {
		return 1
	}
	return stride
}

// Projection returns the convolution on a unit's shortcut, where that is one. Units whose output
// has their input's shape go without.
func (n *Net) Projection(stage, unit int) Conv {
	in, out, stride := n.unitShape(stage, unit)
	return Conv{Kernel: 1, Stride: stride, In: in, Out: out}
}

// SymmetricPadding reports whether padding is the same on each side.
func (n *Net) SymmetricPadding() bool { return n.Padding == "symmetric" }

// PostActivation reports whether units activate behind their sums, not before their convolutions.
func (n *Net) PostActivation() bool { return n.Unit == "post-activation" }

// TorchNames reports whether variables have the names and layouts of PyTorch's networks, not those
// of TensorFlow's official model.
func (n *Net) TorchNames() bool { return n.Family != tensorFlow }

// LeakAtZero reports whether the derivative of the activation at 0 is its slope below 0, as
// PyTorch's; else it is 1, as in TensorFlow's official model.
func (n *Net) LeakAtZero() bool { return n.Family != tensorFlow }

// UnbiasedVariance reports whether the moving averages take the unbiased variance.
func (n *Net) UnbiasedVariance() bool { return n.BatchNorm.Variance == "unbiased" }

// unitShape returns a unit's input channels, output channels and stride.
func (n *Net) unitShape(stage, unit int) (in, out, stride int) {
	out = n.Filters[stage+1]
	if unit > 0 {
		return out, out, 1
	}
	return n.Filters[stage], out, n.Strides[stage]
}
