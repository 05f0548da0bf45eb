package f32

func (p *Product) multiplyGeneric(y, x, w []float32) {
	for r := range p.Rows {
		for c := range p.Channels {
			sum, block := float32(0), w[c/TileChannels*p.WBlock:]
			for k, v := range x[r*p.XRow:][:p.K] {
				sum = FMA(v, block[k*TileChannels+c%TileChannels], sum)
			}
			y[r*p.YRow+c] = sum
		}
	}
}
