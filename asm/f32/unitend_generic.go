package f32

import "math"

func (n *Norm) activateSumGeneric(dst, halo []float32, pitch int, x, e []float32, of *Norm, rows int) {
	channels := len(n.Mean)
	for i := 0; i < len(x); i += channels {
		for c := range n.Mean {
			z, other := FMA(x[i+c]-n.Mean[c], n.Scale[c], n.Shift[c]), e[i+c]
			if of != nil {
				other = FMA(other-of.Mean[c], of.Scale[c], of.Shift[c])
			}
			dst[i+c] = leaky(z+other+0, n.Leak)
		}
	}
	for r, row := 0, len(x)/rows; r < rows && halo != nil; r++ {
		copy(halo[r*pitch:][:row], dst[r*row:])
	}
}

func (n *Norm) activateSumGradientGeneric(dz, da, e, a, x []float32, s *PixelSums) {
	channels := len(n.Mean)
	for c := range n.Mean {
		for p := 0; p*channels < len(x); p++ {
			i := p*channels + c
			g := da[i]
			if e != nil {
				g += e[i]
			}
			if int32(math.Float32bits(a[i])) < int32(math.Float32bits(n.Edge)) {
				g = float32(n.Leak * g)
			}
			dz[i] = g
			s.add(p, c, g, g, x[i]-n.Mean[c])
		}
	}
}
