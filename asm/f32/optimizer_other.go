//go:build !amd64 || purego

package f32

func nesterov(v, a, g []float32, rate, momentum float32) { nesterovGeneric(v, a, g, rate, momentum) }
func adamW(v, m, s, g []float32, r *AdamRates)           { adamWGeneric(v, m, s, g, r) }
