package oracle

import "math"

// Moments returns the mean and the biased variance of each channel of x over all its other
// dimensions: mean = Σx/m, variance = Σ(x−mean)²/m, with m the number of elements of a channel.
// Both are [channels].
func Moments(x *Tensor) (mean, variance *Tensor) {
	c := x.channels()
	m := float64(len(x.Data) / c)
	mean, variance = NewTensor(c), NewTensor(c)
	for i, v := range x.Data {
		mean.Data[i%c] += v / m
	}
	for i, v := range x.Data {
		d := v - mean.Data[i%c]
		variance.Data[i%c] += d * d / m
	}
	return mean, variance
}

// Unbiased returns the unbiased variance n/(n−1)·variance of n values.
func Unbiased(variance *Tensor, n int) *Tensor {
	unbiased := variance.Clone()
	for i := range unbiased.Data {
		unbiased.Data[i] *= float64(n) / float64(n-1)
	}
	return unbiased
}

// BatchNorm returns gamma·(x−mean)/sqrt(variance+epsilon) + beta, channel by channel: the moments
// of x itself in training, the moving averages in evaluation. gamma, beta, mean and variance are
// [channels].
func BatchNorm(x, gamma, beta, mean, variance *Tensor, epsilon float64) *Tensor {
	c := x.channels()
	y := NewTensor(x.Shape...)
	for i, v := range x.Data {
		k := i % c
		y.Data[i] = gamma.Data[k]*(v-mean.Data[k])/math.Sqrt(variance.Data[k]+epsilon) + beta.Data[k]
	}
	return y
}

// BatchNormBackward returns the gradients of [BatchNorm] in training, where mean and variance are
// the [Moments] of x and so depend on it. With h = (x−mean)/σ, σ = sqrt(variance+epsilon) and m
// elements in a channel:
//
//	dbeta = Σ dy    dgamma = Σ dy·h    dx = gamma/σ · (dy − dbeta/m − h·dgamma/m)
//
// Source: Ioffe and Szegedy (2015), section 3, the chain rule through the mini-batch's statistics.
func BatchNormBackward(x, gamma, mean, variance *Tensor, epsilon float64, dy *Tensor) (dx, dgamma, dbeta *Tensor) {
	c := x.channels()
	m := float64(len(x.Data) / c)
	dx, dgamma, dbeta = NewTensor(x.Shape...), NewTensor(c), NewTensor(c)
	normalized := func(i int) float64 {
		return (x.Data[i] - mean.Data[i%c]) / math.Sqrt(variance.Data[i%c]+epsilon)
	}
	for i, d := range dy.Data {
		dbeta.Data[i%c] += d
		dgamma.Data[i%c] += d * normalized(i)
	}
	for i, d := range dy.Data {
		k := i % c
		centered := d - dbeta.Data[k]/m - normalized(i)*dgamma.Data[k]/m
		dx.Data[i] = gamma.Data[k] / math.Sqrt(variance.Data[k]+epsilon) * centered
	}
	return dx, dgamma, dbeta
}

// MovingAverage returns decay·moving + (1−decay)·batch, the update of a moving mean or variance.
func MovingAverage(moving, batch *Tensor, decay float64) *Tensor {
	next := NewTensor(moving.Shape...)
	for i := range next.Data {
		next.Data[i] = decay*moving.Data[i] + (1-decay)*batch.Data[i]
	}
	return next
}
