package f32

func (t *Tiles) convGeneric(y, x, w []float32) {
	for first := 0; first < t.channels; first += TileChannels {
		block := w[first/TileChannels*t.blockLen:][:t.blockLen]
		lanes := min(TileChannels, t.channels-first)
		for i := range t.tiles {
			tile := &t.tiles[i]
			segments := t.segments[tile.First : tile.First+tile.Count]
			for p := range tile.X {
				if p > 0 && tile.Y[p] == tile.Y[p-1] {
					continue
				}
				pixelGeneric(y[int(tile.Y[p])+first:][:lanes], x[tile.X[p]:], block, segments)
			}
		}
	}
}

// pixelGeneric sums up to TileChannels channels of one pixel.
func pixelGeneric(y, x, block []float32, segments []Segment) {
	var acc [TileChannels]float32
	for _, s := range segments {
		w := block[s.W:]
		for k, v := range x[s.X:][:s.K] {
			for c, u := range (*[TileChannels]float32)(w[k*TileChannels:]) {
				acc[c] = FMA(v, u, acc[c])
			}
		}
	}
	copy(y, acc[:])
}
