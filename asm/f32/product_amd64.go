//go:build amd64 && !purego

package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

// productTiles is how many tiles of rows pass over a block of weights in one call of the assembly.
const productTiles = 16

func (p *Product) multiply(y, x, w []float32) {
	level := cpu.Active()
	if level < cpu.AVX2 {
		p.multiplyGeneric(y, x, w)
		return
	}
	var tiles [productTiles]Tile
	segment := Segment{K: int32(p.K)}
	for first := 0; first < p.Rows; {
		large, small, next := p.cut(&tiles, first)
		c := 0
		if level >= cpu.AVX512 {
			for ; c+2*TileChannels <= p.Channels; c += 2 * TileChannels {
				p.pair(&y[c], &x[0], &w[c*p.K], &tiles, large, small, &segment)
			}
		}
		for ; c < p.Channels; c += TileChannels {
			p.block(&y[c], &x[0], &w[c*p.K], &tiles, large, small, &segment)
		}
		first = next
	}
}

// pair computes the tiles' rows for two blocks of channels.
func (p *Product) pair(y, x, w *float32, tiles *[productTiles]Tile, large, small int, segment *Segment) {
	const full = 1<<TileChannels - 1
	if large > 0 {
		convTiles6x32AVX512(y, x, w, &tiles[0], large, segment, 4*p.K*TileChannels, full)
	}
	if small > 0 {
		convTiles4x32AVX512(y, x, w, &tiles[large], small, segment, 4*p.K*TileChannels, full)
	}
}

// block computes the tiles' rows for one block of channels.
func (p *Product) block(y, x, w *float32, tiles *[productTiles]Tile, large, small int, segment *Segment) {
	if large > 0 {
		convTiles6x16AVX2(y, x, w, &tiles[0], large, segment, nil)
	}
	if small > 0 {
		convTiles4x16AVX2(y, x, w, &tiles[large], small, segment, nil)
	}
}

// cut fills tiles with the rows from first on, and returns how many large ones and then small ones it filled, and the
// first row that is left.
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
