package f32

func activateGeneric(dst []float32, pitch int, src []float32, rows int, mean, scale, beta []float32, leak float32) {
	row := len(src) / rows
	for r := range rows {
		out := dst[r*pitch:][:row]
		for i := 0; i < row; i += len(mean) {
			for c, x := range src[r*row+i:][:len(mean)] {
				out[i+c] = leaky(FMA(x-mean[c], scale[c], beta[c]), leak)
			}
		}
	}
}

func leaky(z, leak float32) float32 {
	if z < 0 {
		return leak * z
	}
	return z
}

func activateGradientGeneric(dz, da, x, mean, scale, beta []float32, leak float32, sum, dot []float32) {
	channels := len(mean)
	for c := range mean {
		var s, q pair
		for p := 0; p*channels < len(x); p++ {
			i := p*channels + c
			centred, g := x[i]-mean[c], da[i]
			if FMA(centred, scale[c], beta[c]) < 0 {
				g = float32(leak * g)
			}
			dz[i] = g
			s[p%2] += g
			q[p%2] = FMA(g, centred, q[p%2])
		}
		sum[c], dot[c] = s.total(), q.total()
	}
}

func normGradientGeneric(dx []float32, pitch int, dz, x []float32, rows int, mean, a, b, d []float32) {
	row := len(x) / rows
	for r := range rows {
		out := dx[r*pitch:][:row]
		for i := 0; i < row; i += len(mean) {
			for c := range mean {
				at := r*row + i + c
				out[i+c] = FMA(b[c], x[at]-mean[c], FMA(a[c], dz[at], d[c]))
			}
		}
	}
}
