package oracle

// node is a value of the forward pass with the gradient of the loss with respect to it, which the
// nodes that use it add to.
type node struct {
	value, grad *Tensor
}

func newNode(value *Tensor) *node { return &node{value: value, grad: NewTensor(value.Shape...)} }

// tape records a forward pass: backward holds one function for each op, and running them last to
// first is the backward pass.
type tape struct {
	net        *Net
	declares   bool // the network is new
	train      bool
	backward   []func()
	grad       map[string]*Tensor // by variable
	moments    map[string]*Tensor // of the batch, by the moving average that they update
	kinks      []*Tensor
	logits     *node
	xent, loss float64
}

func (t *tape) record(backward func()) { t.backward = append(t.backward, backward) }

// variable returns the value of a variable, which starts with all elements the same where the
// network is new.
func (t *tape) variable(name string, trainable bool, start float64, shape ...int) *Tensor {
	if t.declares {
		t.net.declare(name, trainable, filled(start, shape...))
	}
	return t.net.byName[name].Value
}

// padding is that of convolutions and the max pool.
func (t *tape) padding() Padding {
	if t.net.spec.SymmetricPadding() {
		return Symmetric
	}
	return Same
}

// conv is a convolution of a scope to so many channels, with biases if the spec says so.
func (t *tape) conv(x *node, scope string, kernel, stride, out int) *node {
	weight := scope + "/DW"
	w := t.variable(weight, true, 0, kernel, kernel, x.value.channels(), out)
	y := newNode(Conv(x.value, w, stride, t.padding()))
	t.record(func() {
		dx, dw := ConvBackward(x.value, w, y.grad, stride, t.padding())
		x.grad.Add(dx)
		t.grad[weight] = dw
	})
	if t.net.spec.Bias {
		return t.addBias(y, scope+"/biases")
	}
	return y
}

// addBias adds biases, one for each channel, to every pixel of x.
func (t *tape) addBias(x *node, biases string) *node {
	channels := x.value.channels()
	b := t.variable(biases, true, 0, channels)
	y := x.value.Clone()
	for i := range y.Data {
		y.Data[i] += b.Data[i%channels]
	}
	return t.apply(x, y, func(dy *Tensor) *Tensor {
		db := NewTensor(channels)
		for i, v := range dy.Data {
			db.Data[i%channels] += v
		}
		t.grad[biases] = db
		return dy
	})
}

// normLeaky is batch norm followed by the leaky ReLU.
func (t *tape) normLeaky(x *node, scope string) *node { return t.leakyReLU(t.batchNorm(x, scope)) }

func (t *tape) batchNorm(x *node, scope string) *node { return t.batchNormFrom(x, scope, 1) }

// batchNormFrom is batchNorm whose gamma starts from a value.
func (t *tape) batchNormFrom(x *node, scope string, start float64) *node {
	channels, epsilon := x.value.channels(), t.net.spec.BatchNorm.Epsilon
	beta, gamma := t.variable(scope+"/beta", true, 0, channels), t.variable(scope+"/gamma", true, start, channels)
	mean := t.variable(scope+"/moving_mean", false, 0, channels)
	variance := t.variable(scope+"/moving_variance", false, 1, channels)
	if t.train {
		mean, variance = Moments(x.value)
		t.moments[scope+"/moving_mean"], t.moments[scope+"/moving_variance"] = mean, variance
		if t.net.spec.UnbiasedVariance() {
			t.moments[scope+"/moving_variance"] = Unbiased(variance, len(x.value.Data)/channels)
		}
	}
	y := newNode(BatchNorm(x.value, gamma, beta, mean, variance, epsilon))
	t.record(func() {
		dx, dgamma, dbeta := BatchNormBackward(x.value, gamma, mean, variance, epsilon, y.grad)
		x.grad.Add(dx)
		t.grad[scope+"/gamma"], t.grad[scope+"/beta"] = dgamma, dbeta
	})
	return y
}

// apply records y, what an operation without variables makes of x, and its gradient.
func (t *tape) apply(x *node, y *Tensor, backward func(dy *Tensor) *Tensor) *node {
	made := newNode(y)
	t.record(func() { x.grad.Add(backward(made.grad)) })
	return made
}

func (t *tape) leakyReLU(x *node) *node {
	s := t.net.spec
	leak := s.ReluLeakiness
	t.kinks = append(t.kinks, x.value)
	return t.apply(x, LeakyReLU(x.value, leak), func(dy *Tensor) *Tensor { return LeakyReLUBackward(x.value, leak, s.LeakAtZero(), dy) })
}

func (t *tape) avgPool(x *node, s int) *node {
	return t.apply(x, AvgPool(x.value, s), func(dy *Tensor) *Tensor { return AvgPoolBackward(x.value, s, dy) })
}

func (t *tape) subsample(x *node, s int) *node {
	return t.apply(x, Subsample(x.value, s), func(dy *Tensor) *Tensor { return SubsampleBackward(x.value, s, dy) })
}

func (t *tape) maxPool(x *node, kernel, stride int) *node {
	y, from, kinks := MaxPool(x.value, kernel, stride, t.padding())
	t.kinks = append(t.kinks, kinks)
	return t.apply(x, y, func(dy *Tensor) *Tensor { return MaxPoolBackward(x.value, from, dy) })
}

func (t *tape) padChannels(x *node, out int) *node {
	return t.apply(x, PadChannels(x.value, out), func(dy *Tensor) *Tensor { return PadChannelsBackward(x.value, dy) })
}

func (t *tape) add(a, b *node) *node {
	sum := a.value.Clone()
	sum.Add(b.value)
	y := newNode(sum)
	t.record(func() {
		a.grad.Add(y.grad)
		b.grad.Add(y.grad)
	})
	return y
}

func (t *tape) globalAvgPool(x *node) *node {
	return t.apply(x, GlobalAvgPool(x.value), func(dy *Tensor) *Tensor { return GlobalAvgPoolBackward(x.value, dy) })
}

func (t *tape) fullyConnected(x *node, weight, biases string, out int) *node {
	w := t.variable(weight, true, 0, x.value.channels(), out)
	y := newNode(FullyConnected(x.value, w, t.variable(biases, true, 0, out)))
	t.record(func() {
		dx, dw, db := FullyConnectedBackward(x.value, w, y.grad)
		x.grad.Add(dx)
		t.grad[weight], t.grad[biases] = dw, db
	})
	return y
}

// addLoss ends the forward pass: cross entropy on the logits, plus the weight decay.
func (t *tape) addLoss(labels []int) {
	smoothing := t.net.spec.Train.LabelSmoothing
	t.xent = SoftmaxCrossEntropy(t.logits.value, labels, smoothing)
	t.loss = t.xent
	for _, v := range t.net.variables {
		if v.Decayed {
			t.loss += t.net.coupledDecay() * HalfSquaredNorm(v.Value)
		}
	}
	t.record(func() { t.logits.grad.Add(SoftmaxCrossEntropyBackward(t.logits.value, labels, smoothing)) })
}

// runBackward runs the backward pass: the ops last to first, then weight decay's part of the
// gradients.
func (t *tape) runBackward() {
	for i := len(t.backward) - 1; i >= 0; i-- {
		t.backward[i]()
	}
	for _, v := range t.net.variables {
		if v.Decayed {
			for i, x := range v.Value.Data {
				t.grad[v.Name].Data[i] += t.net.coupledDecay() * x
			}
		}
	}
}
