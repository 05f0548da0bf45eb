package f32

func sumActivateGeneric(sum, act []float32, actPitch int, src []float32, srcPitch int, add []float32, rows, cols, step int, scale, shift []float32, leak float32) {
	for r := range rows {
		for p := range cols {
			at := (r*cols + p) * step
			for c, v := range src[r*srcPitch+p*len(scale):][:len(scale)] {
				if add != nil {
					v += add[at+c]
				}
				if sum != nil {
					sum[at+c] = v
				}
				act[r*actPitch+p*step+c] = leaky(FMA(v, scale[c], shift[c]), leak)
			}
		}
	}
}
