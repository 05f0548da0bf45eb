package f32

func winogradWeightsGeneric(u []float32, plane int, w []float32, tap int) {
	for l := range WeightLanes {
		var columns [WinogradInput * 3]float32
		for j := range 3 {
			for i, z := range weightTransform(w[j*tap+l], w[(3+j)*tap+l], w[(6+j)*tap+l]) {
				columns[3*i+j] = z
			}
		}
		for i := range WinogradInput {
			for j, z := range weightTransform(columns[3*i], columns[3*i+1], columns[3*i+2]) {
				u[(WinogradInput*i+j)*plane+l] = z
			}
		}
	}
}

func weightTransform(w0, w1, w2 float32) [WinogradInput]float32 {
	s, t := w0+w2, FMA(1.0/6, w2, float32(w0*(1.0/24)))
	return [WinogradInput]float32{
		w0 * 0.25, (s + w1) * (-1.0 / 6), (s - w1) * (-1.0 / 6), FMA(1.0/12, w1, t), FMA(-1.0/12, w1, t), w2,
	}
}

func winogradWeightGradientGeneric(dw []float32, tap int, du []float32, plane, n int) {
	for l := range n {
		var columns [3 * WinogradInput]float32
		for j := range WinogradInput {
			at := func(i int) float32 { return du[(WinogradInput*i+j)*plane+l] }
			for i, z := range weightGradientTransform(at(0), at(1), at(2), at(3), at(4), at(5)) {
				columns[WinogradInput*i+j] = z
			}
		}
		for i := range 3 {
			r := columns[WinogradInput*i:][:6]
			for j, z := range weightGradientTransform(r[0], r[1], r[2], r[3], r[4], r[5]) {
				dw[(3*i+j)*tap+l] = z
			}
		}
	}
}

func weightGradientTransform(u0, u1, u2, u3, u4, u5 float32) [3]float32 {
	s, p := u1+u2, u3+u4
	return [3]float32{
		FMA(1.0/24, p, FMA(-1.0/6, s, u0*0.25)),
		FMA(1.0/12, u3-u4, float32((u1-u2)*(-1.0/6))),
		FMA(1.0/6, p, FMA(-1.0/6, s, u5)),
	}
}
