package preprocess

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// runs decodes the run lengths of BMP. Pixels that they pass over stay as they are.
//
// Source: Windows GDI, Bitmap Compression.
type runs struct {
	*bmpFile
	in   *bufio.Reader
	put  func(at int, pixel []byte) // writes the pixel of an index, from one byte or three
	x, i int                        // the next pixel: its column, its row's number in the file
}

// The second byte after a zero: what it means, or from 3 on how many pixels follow as they are.
const (
	runEndOfRow   = 0
	runEndOfImage = 1
	runMove       = 2
)

func (d *runs) decode() error {
	var pixel [3]byte
	bytes := max(d.bits/8, 1)
	for {
		n, err := d.in.ReadByte()
		if err != nil {
			return d.end(err)
		}
		if n == 0 {
			done, err := d.escape()
			if done || err != nil {
				return d.end(err)
			}
			continue
		}
		if _, err := io.ReadFull(d.in, pixel[:bytes]); err != nil {
			return d.end(err)
		}
		for k := range int(n) {
			d.write(k, pixel[:bytes])
		}
	}
}

// end takes the end of the file for that of the image, if all rows have been begun.
func (d *runs) end(err error) error {
	if d.i >= d.height-1 && errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// write writes the next pixel: the k-th of a run, whose byte has the numbers of two colors if they
// have four bits.
func (d *runs) write(k int, pixel []byte) {
	if d.x < d.width && d.i < d.height {
		nibbles := [2]byte{pixel[0] >> 4, pixel[0] & 15}
		if d.bits == 4 {
			pixel = nibbles[k%2 : k%2+1]
		}
		d.put(d.row(d.i)*d.width+d.x, pixel)
	}
	d.x++
}

// escape does what the byte after a zero says.
func (d *runs) escape() (done bool, err error) {
	what, err := d.in.ReadByte()
	if err != nil {
		return false, err
	}
	switch what {
	case runEndOfRow:
		d.x, d.i = 0, d.i+1
	case runEndOfImage:
		return true, nil
	case runMove:
		var by [2]byte
		if _, err := io.ReadFull(d.in, by[:]); err != nil {
			return false, err
		}
		d.x, d.i = d.x+int(by[0]), d.i+int(by[1])
	default:
		return false, d.literal(int(what))
	}
	if d.i > d.height+0xff {
		return false, fmt.Errorf("got a pixel in row %d of %d", d.i, d.height)
	}
	return false, nil
}

// literal reads n pixels, of whole words of 16 bits.
func (d *runs) literal(n int) error {
	size := (n*d.bits + 7) / 8
	var buffer [3*0xff + 1]byte
	pixels := buffer[:size+size&1]
	if _, err := io.ReadFull(d.in, pixels); err != nil {
		return err
	}
	for k := range n {
		at := k * d.bits / 8
		d.write(k, pixels[at:at+max(d.bits/8, 1)])
	}
	return nil
}
