package f32

func addGeneric(dst, a, b []float32) {
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}

func addScaledGeneric(dst, x []float32, s float32) {
	for i := range dst {
		dst[i] = FMA(s, x[i], dst[i])
	}
}

func sumSquaresGeneric(chains *[8]float64, x []float32) {
	for i, v := range x {
		chains[i%8] += float64(float64(v) * float64(v))
	}
}
