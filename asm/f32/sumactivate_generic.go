package f32

func (s *SumActivation) sumActivateGeneric(sum, act, src, add []float32) {
	channels := len(s.Scale)
	for r := range s.Rows {
		for p := range s.Cols {
			at := (r*s.Cols + p) * s.Step
			for c, v := range src[r*s.SrcPitch+p*channels:][:channels] {
				if add != nil {
					v += add[at+c]
				}
				if sum != nil {
					sum[at+c] = v
				}
				act[r*s.ActPitch+p*s.Step+c] = leaky(FMA(v, s.Scale[c], s.Shift[c]), s.Leak)
			}
		}
	}
}

func addBiasGeneric(y, bias []float32) {
	for i := 0; i < len(y); i += len(bias) {
		addGeneric(y[i:][:len(bias)], y[i:], bias)
	}
}
