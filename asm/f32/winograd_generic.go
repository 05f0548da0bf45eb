package f32

func (g *Grid) transformInputGeneric(v, x []float32, pitch int) {
	g.eachTile(func(tile, row, col, c int) {
		var d [WinogradPlanes]float32
		for j := range WinogradInput {
			at := func(i int) float32 { return x[(4*row+i)*pitch+(4*col+j)*g.pixel()+c] }
			t := inputTransform(at(0), at(1), at(2), at(3), at(4), at(5))
			for i, z := range t {
				d[6*i+j] = z
			}
		}
		for i := range WinogradInput {
			r := d[6*i:][:6]
			for j, z := range inputTransform(r[0], r[1], r[2], r[3], r[4], r[5]) {
				v[(6*i+j)*g.Plane+tile*g.Channels+c] = z
			}
		}
	})
}

func (g *Grid) transformOutputGeneric(y, m []float32, pitch int) {
	g.eachTile(func(tile, row, col, c int) {
		var d [WinogradOutput * WinogradInput]float32
		for j := range WinogradInput {
			at := func(i int) float32 { return m[(6*i+j)*g.Plane+tile*g.Channels+c] }
			t := outputTransform(at(0), at(1), at(2), at(3), at(4), at(5))
			for i, z := range t {
				d[6*i+j] = z
			}
		}
		for i := range WinogradOutput {
			r := d[6*i:][:6]
			for j, z := range outputTransform(r[0], r[1], r[2], r[3], r[4], r[5]) {
				y[(4*row+i)*pitch+(4*col+j)*g.pixel()+c] = z
			}
		}
	})
}

// eachTile calls f for each channel of each tile.
func (g *Grid) eachTile(f func(tile, row, col, channel int)) {
	for row := range g.Rows {
		for col := range g.Cols {
			for c := range g.Channels {
				f(row*g.Cols+col, row, col, c)
			}
		}
	}
}

func inputTransform(d0, d1, d2, d3, d4, d5 float32) [WinogradInput]float32 {
	a, b, c, e := FMA(-4, d2, d4), FMA(-4, d1, d3), d4-d2, d3-d1
	return [WinogradInput]float32{
		FMA(4, d0, FMA(-5, d2, d4)), a + b, a - b, FMA(2, e, c), FMA(-2, e, c), FMA(4, d1, FMA(-5, d3, d5)),
	}
}

func outputTransform(m0, m1, m2, m3, m4, m5 float32) [WinogradOutput]float32 {
	p, q, r, s := m1+m2, m1-m2, m3+m4, m3-m4
	return [WinogradOutput]float32{(m0 + p) + r, FMA(2, s, q), FMA(4, r, p), FMA(8, s, q) + m5}
}

func (g *Grid) transformGradientGeneric(w, dy []float32, pitch int) {
	g.eachTile(func(tile, row, col, c int) {
		var d [WinogradInput * WinogradOutput]float32
		for j := range WinogradOutput {
			at := func(i int) float32 { return dy[(4*row+i)*pitch+(4*col+j)*g.pixel()+c] }
			for i, z := range gradientTransform(at(0), at(1), at(2), at(3)) {
				d[4*i+j] = z
			}
		}
		for i := range WinogradInput {
			r := d[4*i:][:4]
			for j, z := range gradientTransform(r[0], r[1], r[2], r[3]) {
				w[(6*i+j)*g.Plane+tile*g.Channels+c] = z
			}
		}
	})
}

func gradientTransform(d0, d1, d2, d3 float32) [WinogradInput]float32 {
	e, o, p, q := d0+d2, d1+d3, FMA(4, d2, d0), FMA(4, d3, d1)
	return [WinogradInput]float32{d0, e + o, e - o, FMA(2, q, p), FMA(-2, q, p), d3}
}
