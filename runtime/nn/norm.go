package nn

import (
	"math"

	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/conv"
)

// Norm is a batch normalization followed by a leaky ReLU:
//
//	z = gamma·(x−mean)/sqrt(variance+epsilon) + beta    a = z < 0 ? leak·z : z
//
// over the channels of x, [pixels][channels]. Mean and variance (biased) are those of the batch in
// training and the moving averages in evaluation.
//
// Source: Ioffe and Szegedy, "Batch Normalization", 2015, algorithms 1 and 2 and section 3; He et
// al., "Identity Mappings in Deep Residual Networks", 2016, for the order of the layers.
type Norm struct {
	Gamma, Beta                []float32 // variables
	MovingMean, MovingVariance []float32 // variables, not trained
	GammaGradient              []float32
	BetaGradient               []float32
	Coefficients               Coefficients
	Epsilon, BNDecay           float64 // BNDecay of the moving averages
	Unbiased                   bool    // the moving variance takes Σ(x−mean)²/(count−1)
	Leak                       float32
	Edge                       float32 // below it the derivative of the leaky ReLU is Leak: 0 or f32.LeakAtZero
	Sums                       *Sums   // all norms of a network share them
	Height, Width              int     // of one image
}

// Coefficients are what a norm's kernels need for each channel; all have one element a channel.
//
// Mean is rounded to float32. MeanError is the rounding error, which Shift and D correct: else all
// pixels would be shifted by it, and sums over pixels would grow with it.
type Coefficients struct {
	Mean, Scale, Shift []float32 // of the forward pass: z = (x−Mean)·Scale + Shift; Scale = gamma/sqrt(variance+epsilon)
	InvStd             []float32 // 1/sqrt(variance+epsilon)
	MeanError          []float32 // the mean less Mean
	A, B, D            []float32 // of the backward pass: dx = B·(x−Mean) + (A·dz + D)
}

// NewCoefficients lays coefficients of a norm of the given channels out in memory, which holds
// abi.NormCoefficients elements a channel.
func NewCoefficients(memory []float32, channels int) Coefficients {
	take := func(i int) []float32 { return memory[i*channels:][:channels:channels] }
	return Coefficients{
		Mean: take(0), Scale: take(1), Shift: take(2), InvStd: take(3), MeanError: take(4), A: take(5), B: take(6), D: take(7),
	}
}

// forward returns what the kernels of the forward pass take, with this slope.
func (n *Norm) forward(leak float32) f32.Norm {
	return f32.Norm{Mean: n.Coefficients.Mean, Scale: n.Coefficients.Scale, Shift: n.Coefficients.Shift, Leak: leak, Edge: n.Edge}
}

// Activate computes a = leaky(norm(x)) for one image.
func (n *Norm) Activate(a, x []float32) {
	kernel := n.forward(n.Leak)
	kernel.Activate(a, len(a), x, 1)
}

// Normalize computes z = norm(x) for one image.
func (n *Norm) Normalize(z, x []float32) {
	kernel := n.forward(1)
	kernel.Activate(z, len(z), x, 1)
}

// ActivateInHalo is [Norm.Activate] into the interior of a buffer with a halo of one pixel, whose
// zeros stay as they are.
func (n *Norm) ActivateInHalo(a, x []float32) {
	halo, kernel := n.halo(), n.forward(n.Leak)
	kernel.Activate(a[halo.Index(0, 0):], halo.Pitch(), x, n.Height)
}

// ActivateSum computes a = leaky(norm(x) + e), or leaky(norm(x) + of(e)) where that norm is not
// nil, for one image: a tensor of the batch, and the interior of a buffer with a halo of one pixel
// where that is not nil.
func (n *Norm) ActivateSum(a, inHalo, x, e []float32, of *Norm, s Stream) {
	halo, kernel := n.halo(), n.forward(n.Leak)
	if inHalo != nil {
		inHalo = inHalo[halo.Index(0, 0):]
	}
	var shortcut *f32.Norm
	if of != nil {
		norm := of.forward(1)
		shortcut = &norm
	}
	kernel.ActivateSum(a, inHalo, halo.Pitch(), x, e, shortcut, n.Height, bool(s))
}

// halo returns the layout of an image in a halo of one pixel.
func (n *Norm) halo() conv.Layout { return conv.Halo(n.Height, n.Width, len(n.Gamma), 1) }

// pixels is the number of values of a channel in one image.
func (n *Norm) pixels() int { return n.Height * n.Width }

// Store computes y = x, or x + add where add is not nil, for one image of group g, and counts y
// into the batch's statistics if it trains. y is a tensor of the batch: see [Stream].
func (n *Norm) Store(b *Batch, g int, y, x, add []float32, s Stream) {
	sums := n.Sums.group(g)
	image := sums.newImage(len(n.Gamma))
	f32.StoreMoments(y, x, add, &image, bool(s))
	if b.Training {
		sums.addMoments(&image, n.pixels())
	}
}

// Stream says whether a tensor of a batch is written past the caches.
type Stream bool

// A small tensor stays in the caches until it is read. A large one would only displace other data.
const (
	Cached   Stream = false
	Streamed Stream = true
)

// AddMoments counts one image of group g into the batch's statistics.
func (n *Norm) AddMoments(g int, x []float32) {
	s := n.Sums.group(g)
	image := s.newImage(len(n.Gamma))
	f32.Moments(x, &image)
	s.addMoments(&image, n.pixels())
}

// Finish sets the coefficients of the forward pass. In training they come from the batch's
// statistics; it then updates the moving averages and clears the sums. In evaluation they come from
// the moving averages.
func (n *Norm) Finish(b *Batch) {
	if !b.Training {
		for c := range n.Gamma {
			n.setForward(c, float64(n.MovingMean[c]), float64(n.MovingVariance[c]))
		}
		return
	}
	reduction{joinMoments, (*Norm).finishForward}.combine(n, b)
}

func (n *Norm) finishForward(b *Batch, all *groupSums) {
	count := float64(b.imagesInNorms() * n.pixels())
	for c := range n.Gamma {
		mean, variance := all.first[c], all.second[c]/count
		n.setForward(c, mean, variance)
		n.MovingMean[c] = moved(n.MovingMean[c], mean, n.BNDecay)
		if n.Unbiased {
			variance = all.second[c] / (count - 1)
		}
		n.MovingVariance[c] = moved(n.MovingVariance[c], variance, n.BNDecay)
	}
	n.Sums.clear()
}

// moved returns average·decay + value·(1−decay), each product and the sum rounded to float64.
func moved(average float32, value, decay float64) float32 {
	return float32(float64(float64(average)*decay) + float64(value*(1-decay)))
}

func (n *Norm) setForward(c int, mean, variance float64) {
	k := &n.Coefficients
	inverse := 1 / math.Sqrt(variance+n.Epsilon)
	scale := float64(n.Gamma[c]) * inverse
	k.Mean[c] = float32(mean)
	rest := mean - float64(k.Mean[c])
	k.MeanError[c] = float32(rest)
	k.InvStd[c] = float32(inverse)
	k.Scale[c] = float32(scale)
	k.Shift[c] = float32(float64(n.Beta[c]) - float64(rest*scale))
}
