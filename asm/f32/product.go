package f32

// Product is a product of matrices, of many rows and in blocks of TileChannels columns, as a convolution's kernel does
// it: x is [Rows][K], rows XRow apart; y is [Rows][Channels], rows YRow apart; w is [Channels/16][K][16].
type Product struct {
	Rows, K, Channels int
	XRow, YRow        int
}

// Multiply computes y = x·w. Each element is one chain of fused multiply-adds from +0 over K. Channels is a multiple of
// TileChannels. y must not overlap x or w. It panics where a slice is shorter than the matrices.
func (p *Product) Multiply(y, x, w []float32) {
	if !(p.Rows > 0 && p.K > 0 && p.Channels > 0 && p.Channels%TileChannels == 0 && p.XRow >= 0 && (p.YRow >= p.Channels || p.Rows == 1 && p.YRow >= 0)) {
		fail("Multiply", "got %+v, want positive sizes, channels in blocks of %d, and rows of y that do not meet", *p, TileChannels)
	}
	xLen, yLen, wLen := extent(p.Rows, p.XRow, p.K), extent(p.Rows, p.YRow, p.Channels), times(p.K, p.Channels)
	if !(len(y) >= yLen && len(x) >= xLen && len(w) >= wLen) {
		fail("Multiply", "got y, x, w of %d, %d, %d elements, want at least %d, %d, %d", len(y), len(x), len(w), yLen, xLen, wLen)
	}
	if max(xLen, yLen) > maxOffset {
		fail("Multiply", "got matrices that span %d, %d elements, want at most %d", yLen, xLen, maxOffset)
	}
	p.multiply(y, x, w)
}

func (p *Product) multiplyGeneric(y, x, w []float32) {
	for r := range p.Rows {
		for c := range p.Channels {
			sum, block := float32(0), w[c/TileChannels*p.K*TileChannels:]
			for k, v := range x[r*p.XRow:][:p.K] {
				sum = FMA(v, block[k*TileChannels+c%TileChannels], sum)
			}
			y[r*p.YRow+c] = sum
		}
	}
}
