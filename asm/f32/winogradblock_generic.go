package f32

func (g *WinogradBlock) productsGeneric(du, x, dy []float32) {
	o := Outer{
		Rows: g.Images, Cols: g.Tiles, XRow: g.Image, XCol: TileChannels, DYRow: g.Image, DYCol: TileChannels,
		In: TileChannels, Out: TileChannels, Planes: WinogradPlanes, DWPlane: gradientPlane, XPlane: g.Plane, DYPlane: g.Plane,
	}
	o.accumulateGeneric(du, x, dy, true)
}
