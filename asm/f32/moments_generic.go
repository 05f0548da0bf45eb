package f32

// pair is the two chains of a sum over pixels.
type pair [2]float32

func (p *pair) total() float32 { return p[0] + p[1] }

func momentsGeneric(x []float32, s *PixelSums) {
	for c, first := range s.row(4) {
		for p := 0; p*s.channels < len(x); p++ {
			d := x[p*s.channels+c] - first
			s.add(p, c, d, d, d)
		}
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
