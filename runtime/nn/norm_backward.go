package nn

import "github.com/resnetgen/resnetgen/asm/f32"

// ActivateGradient computes the gradient of z from that of a, for one image of group g, and counts
// it into the batch's sums. dz may be da.
func (n *Norm) ActivateGradient(g int, dz, da, x []float32, stream Stream) {
	s := n.Sums.group(g)
	image := s.newImage(len(n.Gamma))
	kernel := n.forward(n.Leak)
	kernel.ActivateGradient(dz, da, x, &image, bool(stream))
	s.addGradient(&image)
}

// AddGradient counts the gradient of z for one image of group g into the batch's sums.
func (n *Norm) AddGradient(g int, dz, x []float32) {
	s := n.Sums.group(g)
	image := s.newImage(len(n.Gamma))
	kernel := n.forward(1)
	kernel.ActivateGradient(dz, dz, x, &image, false)
	s.addGradient(&image)
}

// ActivateSumGradient computes the gradient of the sum that [Norm.ActivateSum] activates, from da,
// or da + e where e is not nil, for one image of group g, and counts it into the batch's sums. a
// tells where the sum was below 0.
func (n *Norm) ActivateSumGradient(g int, dz, da, e, a, x []float32, stream Stream) {
	s := n.Sums.group(g)
	image := s.newImage(len(n.Gamma))
	kernel := n.forward(n.Leak)
	kernel.ActivateSumGradient(dz, da, e, a, x, &image, bool(stream))
	s.addGradient(&image)
}

// backward returns what the kernels of the backward pass take.
func (n *Norm) backward() f32.NormBackward {
	return f32.NormBackward{Mean: n.Coefficients.Mean, A: n.Coefficients.A, B: n.Coefficients.B, D: n.Coefficients.D}
}

// Gradient computes the gradient of x from that of z for one image. dx may be dz.
func (n *Norm) Gradient(dx, dz, x []float32) {
	kernel := n.backward()
	kernel.NormGradient(dx, len(dx), dz, x, 1)
}

// GradientInHalo is [Norm.Gradient] into the interior of a buffer with a halo of one pixel, whose
// zeros stay as they are.
func (n *Norm) GradientInHalo(dx, dz, x []float32) {
	halo, kernel := n.halo(), n.backward()
	kernel.NormGradient(dx[halo.Index(0, 0):], halo.Pitch(), dz, x, n.Height)
}

// GradientSum is [Norm.Gradient] plus e, into dx, a tensor of the batch, and into the interior of a
// buffer with a halo of one pixel where that is not nil.
func (n *Norm) GradientSum(dx, inHalo, dz, x, e []float32, s Stream) {
	halo, kernel := n.halo(), n.backward()
	if inHalo != nil {
		inHalo = inHalo[halo.Index(0, 0):]
	}
	kernel.NormGradientSum(dx, inHalo, halo.Pitch(), dz, x, e, n.Height, bool(s))
}

// FinishGradient turns the batch's sums into the gradients of gamma and beta and the coefficients
// of the backward pass, and clears the sums:
//
//	dx = gamma·r·(dz − mean(dz) − x̂·mean(dz·x̂)),  r = 1/sqrt(variance+epsilon),  x̂ = (x−mean)·r
func (n *Norm) FinishGradient(b *Batch) {
	reduction{joinGradients, (*Norm).finishBackward}.combine(n, b)
}

func (n *Norm) finishBackward(b *Batch, all *groupSums) {
	count := float64(b.imagesInNorms() * n.pixels())
	k := &n.Coefficients
	for c := range n.Gamma {
		inverse, rest := float64(k.InvStd[c]), float64(k.MeanError[c])
		sum := all.first[c]
		dot := all.second[c] - float64(rest*sum) // about the mean itself
		n.BetaGradient[c] = float32(sum)
		n.GammaGradient[c] = float32(dot * inverse)
		a := float64(n.Gamma[c]) * inverse
		k.A[c] = float32(a)
		k.B[c] = float32(-a * inverse * inverse * dot / count)
		// D makes Σ dx vanish with A and B as they have been rounded.
		k.D[c] = float32(-float64(float64(k.A[c])*sum)/count - float64(float64(k.B[c])*rest))
	}
	if b.ranks != nil && b.ranks.localNorms {
		b.ranks.allReduce.add(b, n.BetaGradient, nil, 0)
		b.ranks.allReduce.add(b, n.GammaGradient, nil, 0)
	}
	n.Sums.clear()
}
