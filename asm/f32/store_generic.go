package f32

// storeMomentsParts computes StoreMoments by the kernels that it does the work of.
func storeMomentsParts(dst, src, add []float32, s *PixelSums) {
	if add == nil {
		copy(dst, src)
	} else {
		Add(dst, src, add)
	}
	Moments(dst, s)
}

// normGradientSumParts computes NormGradientSum by the kernels that it does the work of.
func (n *NormBackward) normGradientSumParts(dx, halo []float32, pitch int, dz, x, e []float32, rows int) {
	n.NormGradient(dx, len(dx), dz, x, 1)
	Add(dx, dx, e)
	for r, row := 0, len(x)/rows; r < rows && halo != nil; r++ {
		copy(halo[r*pitch:][:row], dx[r*row:])
	}
}
