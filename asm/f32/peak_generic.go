package f32

// peakGeneric runs 8 chains.
func peakGeneric(rounds int) int {
	rounds /= 64 // FMA in Go is that much slower
	var acc [8]float32
	for range rounds {
		for i := range acc {
			acc[i] = FMA(acc[i], 0.5, 1)
		}
	}
	if acc[0] < 0 { // never: it keeps the compiler from leaving the loop out
		return 0
	}
	return rounds * len(acc) * 2
}
