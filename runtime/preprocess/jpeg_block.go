package preprocess

import (
	"errors"
	"math"
)

// huffmanCode is a canonical code: how many symbols have codes of each length, and the symbols in
// the order of their codes.
type huffmanCode struct {
	counts  [17]byte
	symbols []byte
}

// bitReader reads the bits of a scan, in which a zero follows each byte of ones.
type bitReader struct {
	in   *scanner
	bits byte
	left int
}

func (r *bitReader) bit() (int, error) {
	if r.left == 0 {
		b, err := r.in.ReadByte()
		if err != nil {
			return 0, err
		}
		if b == 0xff {
			next, err := r.in.ReadByte()
			if err != nil {
				return 0, err
			}
			if next != 0 {
				return 0, errors.New("got a marker within a scan")
			}
		}
		r.bits, r.left = b, 8
	}
	r.left--
	return int(r.bits>>r.left) & 1, nil
}

// number reads a number of n bits.
func (r *bitReader) number(n int) (v int, err error) {
	for range n {
		bit, err := r.bit()
		if err != nil {
			return 0, err
		}
		v = v<<1 | bit
	}
	return v, nil
}

// signed reads a number of n bits: of two halves, negative and positive.
func (r *bitReader) signed(n int) (int, error) {
	v, err := r.number(n)
	if n > 0 && v < 1<<(n-1) {
		v -= 1<<n - 1
	}
	return v, err
}

// symbol reads a symbol.
func (r *bitReader) symbol(code *huffmanCode) (byte, error) {
	v, first, index := 0, 0, 0 // the code, the first of its length, and where its symbol is
	for length := 1; length <= 16; length++ {
		bit, err := r.bit()
		if err != nil {
			return 0, err
		}
		v = v<<1 | bit
		count := int(code.counts[length])
		if v-first < count && index+v-first < len(code.symbols) {
			return code.symbols[index+v-first], nil
		}
		index += count
		first = (first + count) << 1
	}
	return 0, errors.New("got an undefined Huffman code")
}

// zigzag is where in a block the coefficients are, in the order of their numbers.
var zigzag = [64]byte{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

// cosineBits is how many bits of cosines are behind the point.
const cosineBits = 13

// cosines has c(u)/2 · cos((2x+1)uπ/16) for each x and u, where c(0) is 1/√2 and others are 1.
// Whole numbers give the same pixels on every machine.
var cosines = func() (table [8][8]int64) {
	for x := range table {
		for u := range table[x] {
			v := math.Cos(float64((2*x+1)*u)*math.Pi/16) / 2
			if u == 0 {
				v = math.Sqrt(0.125)
			}
			table[x][u] = int64(math.Round(v * (1 << cosineBits)))
		}
	}
	return table
}()

// inverseDCT writes the 8×8 samples of a block's coefficients: Σ c(u)c(v)/4 · F(u, v)
// cos((2x+1)uπ/16) cos((2y+1)vπ/16), and 128.
//
// Source: ITU-T T.81, A.3.3.
func inverseDCT(dst []byte, stride int, block *[64]int16, quant *[64]int32) {
	const most = 1 << 17 // larger coefficients are of no image, and the sums would overflow
	var rows [64]int64   // of each v and x
	for v := range 8 {
		for u := range 8 {
			f := int64(block[8*v+u]) * int64(quant[8*v+u])
			if f == 0 {
				continue
			}
			f = min(max(f, -most), most)
			for x := range 8 {
				rows[8*v+x] += f * cosines[x][u]
			}
		}
	}
	for y := range 8 {
		for x := range 8 {
			sum := int64(128<<1+1) << (2*cosineBits - 1) // rounded
			for v := range 8 {
				sum += rows[8*v+x] * cosines[y][v]
			}
			dst[y*stride+x] = byte(min(max(sum>>(2*cosineBits), 0), 255))
		}
	}
}
