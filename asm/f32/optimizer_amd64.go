//go:build amd64 && !purego

package f32

func nesterov(v, a, g []float32, rate, momentum float32) {
	n := inChunks(len(v), func(i, n int) { nesterovAVX2(&v[i], &a[i], &g[i], rate, momentum, n) })
	nesterovGeneric(v[n:], a[n:], g[n:], rate, momentum)
}

func adamW(v, m, s, g []float32, r *AdamRates) {
	n := inChunks(len(v), func(i, n int) { adamWAVX2(&v[i], &m[i], &s[i], &g[i], r, n) })
	adamWGeneric(v[n:], m[n:], s[n:], g[n:], r)
}

// n is a positive multiple of lanes.

//go:noescape
func nesterovAVX2(v, a, grad *float32, rate, momentum float32, n int)

//go:noescape
func adamWAVX2(v, m, s, grad *float32, r *AdamRates, n int)
