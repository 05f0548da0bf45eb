package preprocess

import (
	"context"
	"image"
	"math"
)

// pillow resizes opaque images of one size to another, and gives the part of the result that is a
// network's input. Its bytes are those of Pillow's Image.resize, which torchvision resizes images
// by: a pass over the rows, rounded to bytes, then one over the columns, both with weights of 22
// bits.
//
// No Go library has this arithmetic. And Pillow computes the whole result: of a thin image that
// may be any amount of memory. This one computes the pixels of the input alone, in one pass over
// the rows of the image.
//
// Source: Pillow 9.4, src/libImaging/Resample.c.
type pillow struct {
	from          image.Point
	columns, rows line
	channels      int
	reader        stripReader
	resized       []byte  // a row of the image, in the columns of the input
	sums          []int32 // [row][column][channel], in units of 2^-weightBits
}

// line is what the columns or the rows of an input are made of.
type line struct {
	begin       int      // the first column or row of the input that shows the image
	sources     []source // of it and those behind it
	first, last int      // columns or rows of the image that have part in them, the last exclusive
}

// source is what a column or row is made of: the weights of columns or rows of the image, from at
// on.
type source struct {
	at      int
	weights []int32
}

// weightBits is how many bits of a weight are behind the point: with these, 8 bits of a byte, and
// two for weights below 0 and sums above 255, it is 32.
const weightBits = 32 - 8 - 2

// newPillow returns what makes images of a size a network's input.
func newPillow(o *Options, from image.Point, input [3]int) *pillow {
	kernel, to := kernels[o.Interpolation], o.resized(from, input)
	p := &pillow{
		from: from, channels: input[2],
		columns: newLine(kernel, from.X, to.width, input[1]),
		rows:    newLine(kernel, from.Y, to.height, input[0]),
	}
	p.reader = newStripReader(o, p.columns, p.rows, p.channels)
	p.resized = make([]byte, len(p.columns.sources)*p.channels)
	p.sums = make([]int32, len(p.rows.sources)*len(p.resized))
	return p
}

// newLine returns the middle n of a line of pixels that is resized.
func newLine(k kernel, from int, to int64, n int) line {
	first := middle(to, int64(n))
	l := line{begin: int(max(-first, 0))}
	begin, end := max(first, 0), min(first+int64(n), to)
	l.sources = k.sources(from, to, begin, end)
	last := l.sources[len(l.sources)-1]
	l.first, l.last = l.sources[0].at, last.at+len(last.weights)
	return l
}

// kernel is a filter's.
type kernel struct {
	support float64 // it is 0 from there on
	at      func(distance float64) float64
}

var kernels = map[string]kernel{Bilinear: {1, triangle}, Bicubic: {2, cubic}}

func triangle(x float64) float64 { return max(1-x, 0) }

// cubic is Keys's kernel with a = −1/2. The conversions keep machines from fusing operations.
func cubic(x float64) float64 {
	switch {
	case x < 1:
		v := float64(1.5*x) - 2.5
		return float64(float64(v*x)*x) + 1
	case x < 2:
		v := float64((x-5)*x) + 8
		return (float64(v*x) - 4) * -0.5
	}
	return 0
}

// sources returns what the pixels from begin to end of a line of so many are made of, where the
// image has from. The conversions keep machines from fusing operations.
func (k kernel) sources(from int, to, begin, end int64) []source {
	ratio := float64(from) / float64(to)
	widened := max(ratio, 1)
	support, narrowing := float64(k.support*widened), 1/widened
	most := min(2*int(math.Ceil(support))+1, from)
	sources := make([]source, end-begin)
	all, exact := make([]int32, 0, len(sources)*most), make([]float64, most)
	for i := range sources {
		centre := float64((float64(begin+int64(i)) + 0.5) * ratio)
		first, last := max(int(centre-support+0.5), 0), min(int(centre+support+0.5), from)
		sum := 0.0
		for j := range last - first {
			distance := float64((float64(first+j) - centre + 0.5) * narrowing)
			exact[j] = k.at(math.Abs(distance))
			sum += exact[j]
		}
		start := len(all)
		for _, w := range exact[:last-first] {
			if sum != 0 {
				w /= sum
			}
			all = append(all, inBits(w))
		}
		sources[i] = source{first, all[start:]}
	}
	return sources
}

// inBits is a weight in units of 2^-weightBits, rounded as Pillow does it.
func inBits(w float64) int32 {
	w = float64(w * (1 << weightBits))
	return int32(w + math.Copysign(0.5, w))
}

// resize writes an image's part in the input, [height][width][channels]; the rest of dst stays as
// it is. It stops between rows once ctx is done, with its error.
func (p *pillow) resize(ctx context.Context, dst []byte, m image.Image, turn orientation, width int) error {
	for i := range p.sums {
		p.sums[i] = half
	}
	p.reader.open(m, turn)
	first := 0 // of the rows of the input, the first that is not done
	for y := p.rows.first; y < p.rows.last; y++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		p.resizeRow(p.reader.row(y))
		for i := first; i < len(p.rows.sources) && p.rows.sources[i].at <= y; i++ {
			s := &p.rows.sources[i]
			switch last := s.at + len(s.weights) - 1; {
			case y <= last:
				p.add(i, s.weights[y-s.at])
			case i == first:
				first++
			}
		}
	}
	n := len(p.resized)
	for i := range p.rows.sources {
		row := dst[((p.rows.begin+i)*width+p.columns.begin)*p.channels:]
		for k, sum := range p.sums[i*n:][:n] {
			row[k] = byteOf(sum)
		}
	}
	return nil
}

// half is 1/2, from which sums begin: so they are rounded where they are cut.
const half = 1 << (weightBits - 1)

// byteOf returns a sum as a byte.
func byteOf(sum int32) byte { return byte(min(max(sum>>weightBits, 0), math.MaxUint8)) }

// resizeRow makes columns of the input of a row of the image.
func (p *pillow) resizeRow(row []byte) {
	if p.channels == 1 {
		for x := range p.columns.sources {
			s := &p.columns.sources[x]
			sum := int32(half)
			for k, v := range row[s.at-p.columns.first:][:len(s.weights)] {
				sum += int32(v) * s.weights[k]
			}
			p.resized[x] = byteOf(sum)
		}
		return
	}
	for x := range p.columns.sources {
		s := &p.columns.sources[x]
		pixels := row[3*(s.at-p.columns.first):][:3*len(s.weights)]
		sums := [3]int32{half, half, half}
		for _, w := range s.weights {
			sums[0] += int32(pixels[0]) * w
			sums[1] += int32(pixels[1]) * w
			sums[2] += int32(pixels[2]) * w
			pixels = pixels[3:]
		}
		to := p.resized[3*x:][:3]
		to[0], to[1], to[2] = byteOf(sums[0]), byteOf(sums[1]), byteOf(sums[2])
	}
}

// add adds the resized row to a row of the input.
func (p *pillow) add(i int, weight int32) {
	n := len(p.resized)
	sums := p.sums[i*n:][:n]
	for k, v := range p.resized {
		sums[k] += int32(v) * weight
	}
}

// pillowMemory is what newPillow takes, and the result.
func pillowMemory(h Header, input [3]int) int64 {
	const weightBytes, exactBytes, sourceBytes, sumBytes, stripBytes = 4, 8, 32, 4, 4
	width, height, channels := int64(h.Width), int64(h.Height), int64(input[2])
	return mostTaps(h, input)*weightBytes + (width+height)*exactBytes + (int64(input[0])+int64(input[1]))*sourceBytes +
		max(width, stripPixels)*stripBytes + (width+int64(input[1]))*channels + int64(input[0])*int64(input[1])*channels*(1+sumBytes)
}
