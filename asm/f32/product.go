package f32

// Product is a matrix product y = x·w, computed by a convolution's kernel. x is [Rows][K], its rows
// XRow elements apart. y is [Rows][Channels], its rows YRow elements apart. w is in Channels/16
// blocks of [K][16], [TileChannels] columns each, that begin WBlock elements apart.
type Product struct {
	Rows, K, Channels  int
	XRow, YRow, WBlock int
}

// Multiply computes y = x·w. Each element is one chain of fused multiply-adds from +0 over K.
// Channels is a multiple of TileChannels. y must not overlap x or w. It panics where a slice is
// shorter than the matrices.
func (p *Product) Multiply(y, x, w []float32) {
	if !(p.Rows > 0 && p.K > 0 && p.Channels > 0 && p.Channels%TileChannels == 0 && p.XRow >= 0 && p.WBlock >= 0 && (p.YRow >= p.Channels || p.Rows == 1 && p.YRow >= 0)) {
		fail("Multiply", "got %+v, want positive sizes, channels in blocks of %d, and rows of y that do not meet", *p, TileChannels)
	}
	xLen, yLen, wLen := extent(p.Rows, p.XRow, p.K), extent(p.Rows, p.YRow, p.Channels), extent(p.Channels/TileChannels, p.WBlock, times(p.K, TileChannels))
	if !(len(y) >= yLen && len(x) >= xLen && len(w) >= wLen) {
		fail("Multiply", "got y, x, w of %d, %d, %d elements, want at least %d, %d, %d", len(y), len(x), len(w), yLen, xLen, wLen)
	}
	if max(xLen, yLen) > maxOffset {
		fail("Multiply", "got matrices that span %d, %d elements, want at most %d", yLen, xLen, maxOffset)
	}
	p.multiply(y, x, w)
}

// productFetch is how many elements a block of weights has at least if tiles fetch the next one:
// the rows pass over it once or twice only.
const productFetch = fetchBytes / 16

// productTiles is how many tiles of rows pass over a block of weights in one call.
const productTiles = 16

// multiply computes the product by the tiles of convolutions, a row a pixel.
func (p *Product) multiply(y, x, w []float32) {
	k := convFamily.active()
	if k.large == nil {
		p.multiplyGeneric(y, x, w)
		return
	}
	var tiles [productTiles]Tile
	segment := Segment{K: int32(p.K)}
	var args convArgs
	args.x, args.segments, args.block = &x[0], &segment, p.WBlock
	for first := 0; first < p.Rows; {
		large, small, next := p.cut(&tiles, first)
		if n := p.K * TileChannels; n > productFetch {
			fetch(tiles[:large+small], 0, n, 1)
		}
		for c := 0; c < p.Channels; c += args.channels {
			args.y, args.w, args.channels = &y[c], &w[c/TileChannels*p.WBlock], TileChannels
			forLarge, forSmall := k.large, k.small
			if k.largePair != nil && c+2*TileChannels <= p.Channels {
				forLarge, forSmall, args.channels = k.largePair, k.smallPair, 2*TileChannels
			}
			if large > 0 {
				args.tiles, args.n = &tiles[0], large
				forLarge(noescape(&args))
			}
			if small > 0 {
				args.tiles, args.n = &tiles[large], small
				forSmall(noescape(&args))
			}
		}
		first = next
	}
}

// cut fills tiles with the rows from first on, and returns how many large ones and then small ones
// it filled, and the first row that is left.
func (p *Product) cut(tiles *[productTiles]Tile, first int) (large, small, next int) {
	n := 0
	for ; n < productTiles && first < p.Rows; n++ {
		t := &tiles[n]
		t.Count = 1
		for i := range TilePixels {
			row := min(first+i, p.Rows-1)
			t.X[i], t.Y[i] = int32(row*p.XRow), int32(row*p.YRow)
		}
		if first+TileSmall >= p.Rows {
			return n, 1, p.Rows
		}
		first += TilePixels
	}
	return n, 0, first
}
