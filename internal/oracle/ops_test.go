package oracle

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// derivative returns df/dx at x[i] by the five-point stencil
//
//	(8·(f(+h) − f(−h)) − (f(+2h) − f(−2h))) / 12h
//
// with h = 1e-5. Its truncation error, h⁴/30 · f⁗′ ≈ 3e-22 · f⁗′, vanishes; what remains is
// rounding: an f of about 1 carries a few 1e-16, divided by h a few 1e-11.
func derivative(x []float64, i int, f func() float64) float64 {
	const h = 1e-5
	at := x[i]
	defer func() { x[i] = at }()
	sample := func(d float64) float64 {
		x[i] = at + d
		return f()
	}
	return (8*(sample(h)-sample(-h)) - (sample(2*h) - sample(-2*h))) / (12 * h)
}

// Gradients are compared with finite differences within 1e-6 of the tensor's largest gradient. The
// floor keeps that above the differences' own rounding, a few 1e-11 times the size of the loss,
// where all gradients of a tensor are tiny or exactly 0.
const (
	gradientTolerance = 1e-6
	gradientFloor     = 1e-3
)

func gradientBound(gradient *Tensor) float64 {
	return gradientTolerance * max(largest(gradient), gradientFloor)
}

func largest(t *Tensor) float64 {
	m := 0.0
	for _, v := range t.Data {
		m = max(m, math.Abs(v))
	}
	return m
}

func randomTensor(r *rand.Rand, shape ...int) *Tensor {
	t := NewTensor(shape...)
	for i := range t.Data {
		t.Data[i] = r.NormFloat64()
	}
	return t
}

// checkOp compares the gradients that backward gives for the inputs of an op with finite
// differences of Σ c·op, with random c, at every element of every input.
func checkOp(t *testing.T, r *rand.Rand, inputs []*Tensor, op func() *Tensor, backward func(dy *Tensor) []*Tensor) {
	t.Helper()
	c := randomTensor(r, op().Shape...)
	project := func() float64 {
		sum := 0.0
		for i, v := range op().Data {
			sum += c.Data[i] * v
		}
		return sum
	}
	for k, gradient := range backward(c) {
		x := inputs[k]
		if !slices.Equal(gradient.Shape, x.Shape) {
			t.Fatalf("input %d: got a gradient of shape %v, want %v", k, gradient.Shape, x.Shape)
		}
		for i := range x.Data {
			want := derivative(x.Data, i, project)
			if got := gradient.Data[i]; !(math.Abs(got-want) <= gradientBound(gradient)) {
				t.Fatalf("input %d, element %d: got gradient %g, finite differences give %g", k, i, got, want)
			}
		}
	}
}

func TestConvGradients(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, size := range [][2]int{{1, 1}, {4, 4}, {5, 3}, {7, 2}} {
		for _, k := range []int{1, 3, 5} {
			for _, stride := range []int{1, 2, 3} {
				t.Run(fmt.Sprintf("%dx%d/k=%d/stride=%d", size[0], size[1], k, stride), func(t *testing.T) {
					x, w := randomTensor(r, 2, size[0], size[1], 2), randomTensor(r, k, k, 2, 3)
					for _, pad := range []Padding{Same, Symmetric} {
						checkOp(t, r, []*Tensor{x, w},
							func() *Tensor { return Conv(x, w, stride, pad) },
							func(dy *Tensor) []*Tensor {
								dx, dw := ConvBackward(x, w, dy, stride, pad)
								return []*Tensor{dx, dw}
							})
					}
				})
			}
		}
	}
}

func TestBatchNormGradients(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	for _, shape := range [][]int{{3, 4, 5, 3}, {1, 2, 3, 2}, {1, 1, 1, 2}} {
		x, gamma, beta := randomTensor(r, shape...), randomTensor(r, shape[3]), randomTensor(r, shape[3])
		const epsilon = 0.001
		checkOp(t, r, []*Tensor{x, gamma, beta},
			func() *Tensor {
				mean, variance := Moments(x)
				return BatchNorm(x, gamma, beta, mean, variance, epsilon)
			},
			func(dy *Tensor) []*Tensor {
				mean, variance := Moments(x)
				dx, dgamma, dbeta := BatchNormBackward(x, gamma, mean, variance, epsilon, dy)
				return []*Tensor{dx, dgamma, dbeta}
			})
	}
}

func TestLeakyReLUGradients(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for _, leak := range []float64{0, 0.1, 0.5} {
		x := randomTensor(r, 2, 3, 3, 2)
		for i, v := range x.Data {
			x.Data[i] = v + math.Copysign(0.1, v) // away from the kink
		}
		checkOp(t, r, []*Tensor{x},
			func() *Tensor { return LeakyReLU(x, leak) },
			func(dy *Tensor) []*Tensor { return []*Tensor{LeakyReLUBackward(x, leak, false, dy)} })
	}
}

func TestPoolingAndPaddingGradients(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 1))
	x := randomTensor(r, 2, 6, 4, 3)
	check := func(op func() *Tensor, backward func(dy *Tensor) *Tensor) {
		t.Helper()
		checkOp(t, r, []*Tensor{x}, op, func(dy *Tensor) []*Tensor { return []*Tensor{backward(dy)} })
	}
	for _, s := range []int{1, 2} {
		check(func() *Tensor { return AvgPool(x, s) }, func(dy *Tensor) *Tensor { return AvgPoolBackward(x, s, dy) })
	}
	for _, window := range [][2]int{{3, 2}, {2, 2}, {3, 1}} {
		k, s := window[0], window[1]
		check(
			func() *Tensor { y, _, _ := MaxPool(x, k, s, Same); return y },
			func(dy *Tensor) *Tensor { _, from, _ := MaxPool(x, k, s, Same); return MaxPoolBackward(x, from, dy) })
	}
	for _, out := range []int{3, 5, 9} {
		check(func() *Tensor { return PadChannels(x, out) }, func(dy *Tensor) *Tensor { return PadChannelsBackward(x, dy) })
	}
	check(func() *Tensor { return GlobalAvgPool(x) }, func(dy *Tensor) *Tensor { return GlobalAvgPoolBackward(x, dy) })
}

func TestFullyConnectedGradients(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	x, w, b := randomTensor(r, 3, 4), randomTensor(r, 4, 5), randomTensor(r, 5)
	checkOp(t, r, []*Tensor{x, w, b},
		func() *Tensor { return FullyConnected(x, w, b) },
		func(dy *Tensor) []*Tensor {
			dx, dw, db := FullyConnectedBackward(x, w, dy)
			return []*Tensor{dx, dw, db}
		})
}

func TestLossGradients(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 1))
	logits, labels := randomTensor(r, 3, 4), []int{2, 0, 3}
	for _, smoothing := range []float64{0, 0.3} {
		checkOp(t, r, []*Tensor{logits},
			func() *Tensor { return filled(SoftmaxCrossEntropy(logits, labels, smoothing)) },
			func(dy *Tensor) []*Tensor {
				d := SoftmaxCrossEntropyBackward(logits, labels, smoothing)
				for i := range d.Data {
					d.Data[i] *= dy.Data[0]
				}
				return []*Tensor{d}
			})
	}
}

// Same sizes and offsets as tf.nn.conv2d documents them: the odd zero stands after the input.
func TestSame(t *testing.T) {
	for _, c := range []struct{ in, k, s, out, before int }{
		{32, 3, 1, 32, 1},
		{32, 3, 2, 16, 0},
		{7, 3, 2, 4, 1},
		{1, 3, 1, 1, 1},
		{1, 3, 2, 1, 1},
		{2, 3, 2, 1, 0},
		{5, 5, 1, 5, 2},
		{6, 5, 2, 3, 1},
		{7, 3, 3, 3, 1},
		{8, 3, 3, 3, 0},
		{9, 1, 2, 5, 0},
		{8, 1, 3, 3, 0},
	} {
		if out, before := Same(c.in, c.k, c.s); out != c.out || before != c.before {
			t.Errorf("Same(%d, %d, %d): got %d, %d, want %d, %d", c.in, c.k, c.s, out, before, c.out, c.before)
		}
	}
}

func TestForwardByHand(t *testing.T) {
	counting := func(shape ...int) *Tensor {
		x := NewTensor(shape...)
		for i := range x.Data {
			x.Data[i] = float64(i + 1)
		}
		return x
	}
	third := filled(1, 3, 3, 1, 1)
	x := &Tensor{Shape: []int{1, 1, 2, 2}, Data: []float64{1, -4, 3, 2}}
	mean, variance := Moments(x)
	gamma, beta := &Tensor{Shape: []int{2}, Data: []float64{2, 3}}, &Tensor{Shape: []int{2}, Data: []float64{10, 20}}
	// Windows of rows −1 to 1 and 1 to 3, of columns 0 to 2 and 2 to 4; the third has 8 twice.
	ties := &Tensor{Shape: []int{1, 3, 4, 1}, Data: []float64{1, 2, 3, 4, 5, 8, 6, 8, 8, 0, 7, 9}}
	pooled, from, kinks := MaxPool(ties, 3, 2, Same)
	for _, c := range []struct {
		name string
		got  *Tensor
		want []float64
	}{
		// 1 2 3 / 4 5 6 / 7 8 9, summed over 3×3 with one zero all round: corners at stride 2.
		{"conv, odd size, stride 2", Conv(counting(1, 3, 3, 1), third, 2, Same), []float64{12, 16, 24, 28}},
		// 4×4: no zero before, one after.
		{"conv, even size, stride 2", Conv(counting(1, 4, 4, 1), third, 2, Same), []float64{54, 45, 72, 54}},
		// 4×4: one zero before, none after.
		{"conv, even size, stride 2, symmetric", Conv(counting(1, 4, 4, 1), third, 2, Symmetric), []float64{14, 30, 57, 99}},
		{"conv, even size, stride 1", Conv(counting(1, 2, 2, 1), third, 1, Same), []float64{10, 10, 10, 10}},
		// The window is not flipped: the tap right of the centre takes the pixel to the right.
		{"conv, one tap", Conv(counting(1, 1, 3, 1), &Tensor{[]int{1, 3, 1, 1}, []float64{0, 0, 1}}, 1, Same), []float64{2, 3, 0}},
		{"conv, [in, out]", Conv(&Tensor{[]int{1, 1, 1, 2}, []float64{1, 10}}, counting(1, 1, 2, 3), 1, Same), []float64{41, 52, 63}},
		{"mean", mean, []float64{2, -1}},
		{"biased variance", variance, []float64{1, 9}},
		{"batch norm", BatchNorm(x, gamma, beta, mean, variance, 0), []float64{8, 17, 12, 23}},
		{"moving average", MovingAverage(gamma, beta, 0.75), []float64{4, 7.25}},
		{"leaky ReLU", LeakyReLU(x, 0.25), []float64{1, -1, 3, 2}},
		{"leaky ReLU backward at 0", LeakyReLUBackward(NewTensor(1), 0.25, false, filled(8, 1)), []float64{8}},
		{"leaky ReLU backward at 0, leak there", LeakyReLUBackward(NewTensor(1), 0.25, true, filled(8, 1)), []float64{2}},
		{"average pool", AvgPool(counting(1, 2, 4, 1), 2), []float64{3.5, 5.5}},
		{"max pool", pooled, []float64{8, 8, 8, 9}},
		{"max pool backward", MaxPoolBackward(ties, from, counting(1, 2, 2, 1)), []float64{0, 0, 0, 0, 0, 4, 0, 2, 0, 0, 0, 4}},
		{"max pool, tap 7 of each window", &Tensor{Data: kinks.Data[7*4:][:4]}, []float64{2, 2, -1, -1}},
		{"channel padding", PadChannels(counting(1, 1, 2, 1), 3), []float64{0, 1, 0, 0, 2, 0}},
		{"global average pool", GlobalAvgPool(counting(2, 1, 2, 2)), []float64{2, 3, 6, 7}},
		{"fully connected", FullyConnected(counting(1, 2), counting(2, 2), counting(2)), []float64{8, 12}},
		{"uniform softmax", filled(SoftmaxCrossEntropy(filled(1000, 2, 8), []int{3, 0}, 0.5)), []float64{math.Log(8)}},
		{"half squared norm", filled(HalfSquaredNorm(counting(3))), []float64{7}},
		{"sgd", SGD(gamma, beta, 0.5), []float64{-3, -7}},
	} {
		if len(c.got.Data) != len(c.want) {
			t.Errorf("%s: got %v, want %v", c.name, c.got.Data, c.want)
			continue
		}
		for i, want := range c.want {
			if math.Abs(c.got.Data[i]-want) > 1e-12 {
				t.Errorf("%s: got %v, want %v", c.name, c.got.Data, c.want)
				break
			}
		}
	}
}

func TestNesterov(t *testing.T) {
	v, a := Nesterov(filled(1, 1), filled(4, 1), filled(2, 1), 0.25, 0.5)
	if a.Data[0] != 4 || v.Data[0] != 0 {
		t.Errorf("got accumulator %g and variable %g, want 4 and 0", a.Data[0], v.Data[0])
	}
}

func TestAdam(t *testing.T) {
	adam := Adam{LR: 0.5, Beta1: 0.5, Beta2: 0.75, Epsilon: 1, WeightDecay: 0.25}
	v, m, s := adam.Step(filled(8, 1), filled(0, 1), filled(0, 1), filled(2, 1), 1)
	if m.Data[0] != 1 || s.Data[0] != 1 || math.Abs(v.Data[0]-(8-1-0.5*2.0/3)) > 1e-12 {
		t.Errorf("got mean %g, square %g and variable %g, want 1, 1 and 20/3", m.Data[0], s.Data[0], v.Data[0])
	}
}

func TestMomentum(t *testing.T) {
	v, a := Momentum(filled(1, 1), filled(4, 1), filled(2, 1), 0.25, 0.5)
	if a.Data[0] != 4 || v.Data[0] != 0 {
		t.Errorf("got accumulator %g and variable %g, want 4 and 0", a.Data[0], v.Data[0])
	}
}
