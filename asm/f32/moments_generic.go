package f32

// pair is the two chains of a sum over pixels.
type pair [2]float32

func (p *pair) total() float32 { return p[0] + p[1] }

func momentsGeneric(x, sum, square []float32) {
	channels := len(sum)
	for c := range sum {
		var s, q pair
		for p := 0; p*channels < len(x); p++ {
			d := x[p*channels+c] - x[c]
			s[p%2] += d
			q[p%2] = FMA(d, d, q[p%2])
		}
		sum[c], square[c] = s.total(), q.total()
	}
}

func channelSumGeneric(sum, x []float32) {
	for c := range sum {
		sum[c] = channelTotal(x, c, len(sum))
	}
}

func addChannelSumGeneric(sum, x []float32) {
	for c := range sum {
		sum[c] += channelTotal(x, c, len(sum))
	}
}

// channelTotal is the sum of a channel of x.
func channelTotal(x []float32, c, channels int) float32 {
	var s pair
	for p := 0; p*channels < len(x); p++ {
		s[p%2] += x[p*channels+c]
	}
	return s.total()
}
