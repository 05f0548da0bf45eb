package f32

func (o *Outer) accumulateGeneric(dw, x, dy []float32, fresh bool) {
	for p := range max(1, o.Planes) {
		o.planeGeneric(dw[p*o.DWPlane:], x[p*o.XPlane:], dy[p*o.DYPlane:], fresh)
	}
}

func (o *Outer) planeGeneric(dw, x, dy []float32, fresh bool) {
	if fresh {
		clear(dw[:o.In*o.Out])
	}
	for i := range o.Rows {
		for j := range o.Cols {
			at, g := i*o.XRow+j*o.XCol, dy[i*o.DYRow+j*o.DYCol:][:o.Out]
			for r := range o.In {
				v, row := x[at+o.place(r)], dw[r*o.Out:][:o.Out]
				for c, u := range g {
					row[c] = FMA(v, u, row[c])
				}
			}
		}
	}
}
