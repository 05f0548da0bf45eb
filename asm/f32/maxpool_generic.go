package f32

import "math"

func (p *MaxPool) maxGeneric(y, taps, x []float32, first, end int) {
	rows, columns := p.rows(), p.columns()
	for oh := first; oh < end; oh++ {
		ih, th, nh := rows.window(oh)
		for ow := range p.OutWidth {
			iw, tw, nw := columns.window(ow)
			small := (oh*p.OutWidth + ow) * p.Channels
			for c := range p.Channels {
				m, tap := float32(math.Inf(-1)), th*p.Kernel+tw
				for i := range nh * nw {
					h, w := i/nw, i%nw
					if v := x[((ih+h)*p.Width+iw+w)*p.Channels+c]; v > m {
						m, tap = v, (th+h)*p.Kernel+tw+w
					}
				}
				y[small+c] = m
				if len(taps) > 0 {
					taps[small+c] = float32(tap)
				}
			}
		}
	}
}

func (p *MaxPool) maxGradientGeneric(dx, dy, taps []float32) {
	rows, columns := p.rows(), p.columns()
	for ih := range p.Height {
		oh, th, nh := rows.reach(ih)
		for iw := range p.Width {
			ow, tw, nw := columns.reach(iw)
			for c := range p.Channels {
				sum := float32(0)
				for h := range nh {
					for w := range nw {
						small := ((oh+h)*p.OutWidth+ow+w)*p.Channels + c
						if tap := (th-h*p.Stride)*p.Kernel + tw - w*p.Stride; taps[small] == float32(tap) {
							sum += dy[small]
						}
					}
				}
				dx[(ih*p.Width+iw)*p.Channels+c] = sum
			}
		}
	}
}
