package f32

func (n *Norm) activateGeneric(dst []float32, pitch int, src []float32, rows int) {
	row := len(src) / rows
	for r := range rows {
		out := dst[r*pitch:][:row]
		for i := 0; i < row; i += len(n.Mean) {
			for c, x := range src[r*row+i:][:len(n.Mean)] {
				out[i+c] = leaky(FMA(x-n.Mean[c], n.Scale[c], n.Shift[c]), n.Leak)
			}
		}
	}
}

func leaky(z, leak float32) float32 {
	if z < 0 {
		return leak * z
	}
	return z
}

func (n *Norm) activateGradientGeneric(dz, da, x []float32, s *PixelSums) {
	channels := len(n.Mean)
	for c := range n.Mean {
		for p := 0; p*channels < len(x); p++ {
			i := p*channels + c
			centred, g := x[i]-n.Mean[c], da[i]
			if FMA(centred, n.Scale[c], n.Shift[c]) < n.Edge {
				g = float32(n.Leak * g)
			}
			dz[i] = g
			s.add(p, c, g, g, centred)
		}
	}
}

func (n *NormBackward) normGradientGeneric(dx []float32, pitch int, dz, x []float32, rows int) {
	row := len(x) / rows
	for r := range rows {
		out := dx[r*pitch:][:row]
		for i := 0; i < row; i += len(n.Mean) {
			for c := range n.Mean {
				at := r*row + i + c
				out[i+c] = FMA(n.B[c], x[at]-n.Mean[c], FMA(n.A[c], dz[at], n.D[c]))
			}
		}
	}
}
