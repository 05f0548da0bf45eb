package preprocess

import (
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
)

// sampledJPEG decodes the JPEG files with sampling factors that image/jpeg refuses, such as CMYK of
// 4:2:0 or a Cb that is larger than Cr. No other maintained decoder in Go reads them. It is slow
// and simple: it keeps all coefficients, also those of a baseline file.
//
// Source: ITU-T T.81.
type sampledJPEG struct {
	*jpegFile
	ctx        context.Context
	in         *scanner
	components []jpegComponent
	most       [2]int // the largest factors
	quant      [4][64]int32
	codes      [2][4]huffmanCode // of DC and AC
	restart    int               // units between two restarts, or 0
	bits       bitReader
	endOfBand  int // blocks that have no more coefficients in this scan
}

// jpegComponent is a component: its blocks stand in rows, of whole minimum coded units.
type jpegComponent struct {
	id, quant     byte
	h, v          int // factors
	across, down  int // blocks
	inside, above int // blocks across and down that have pixels of the image
	coefficients  [][64]int16
	samples       []byte
	dc            int
}

// decodeSampled decodes a whole file.
func (f *jpegFile) decodeSampled(r *contextReader) (image.Image, error) {
	d := &sampledJPEG{jpegFile: f, ctx: r.ctx, in: newScanner(r)}
	for {
		marker, err := nextMarker(d.in)
		if err != nil {
			return nil, err
		}
		if marker == markerEOI {
			break
		}
		length, err := d.in.bytes(2)
		if err != nil {
			return nil, err
		}
		segment, err := d.in.bytes(max(int(binary.BigEndian.Uint16(length)), 2) - 2)
		if err != nil {
			return nil, err
		}
		if err := d.segment(marker, segment); err != nil {
			return nil, err
		}
	}
	if d.components == nil {
		return nil, errNoFrame
	}
	for i := range d.components {
		if err := d.components[i].transform(d.ctx, &d.quant[d.components[i].quant&3]); err != nil {
			return nil, err
		}
	}
	m := d.image()
	return m, d.ctx.Err()
}

var errSegment = errors.New("got a segment that ends early")

// segment reads a segment, and behind that of a scan its coefficients.
func (d *sampledJPEG) segment(marker byte, b []byte) error {
	switch marker {
	case markerSOF0, markerSOF1, markerSOF2:
		return d.begin(b)
	case markerDHT:
		return d.readCodes(b)
	case markerDQT:
		return d.readQuant(b)
	case markerDRI:
		if len(b) < 2 {
			return errSegment
		}
		d.restart = int(binary.BigEndian.Uint16(b))
	case markerSOS:
		return d.readScan(b)
	}
	return nil
}

// begin makes the components of a frame's header, which [jpegFile.readFrame] has checked.
func (d *sampledJPEG) begin(b []byte) error {
	if d.components != nil {
		return errors.New("got a second frame header")
	}
	for _, s := range d.sampling {
		d.most = [2]int{max(d.most[0], s[0]), max(d.most[1], s[1])}
	}
	ceil := func(a, b int) int { return (a + b - 1) / b }
	unitsAcross, unitsDown := ceil(d.width, 8*d.most[0]), ceil(d.height, 8*d.most[1])
	for i, s := range d.sampling {
		c := jpegComponent{id: b[6+3*i], quant: b[8+3*i], h: s[0], v: s[1], across: unitsAcross * s[0], down: unitsDown * s[1]}
		c.inside = ceil(ceil(d.width*s[0], d.most[0]), 8)
		c.above = ceil(ceil(d.height*s[1], d.most[1]), 8)
		c.coefficients = make([][64]int16, c.across*c.down)
		d.components = append(d.components, c)
	}
	return nil
}

func (d *sampledJPEG) readCodes(b []byte) error {
	for len(b) > 0 {
		if len(b) < 17 || b[0]>>4 > 1 || b[0]&15 > 3 {
			return errSegment
		}
		code := &d.codes[b[0]>>4][b[0]&15]
		n := copy(code.counts[1:], b[1:17])
		total := 0
		for _, c := range code.counts[1 : n+1] {
			total += int(c)
		}
		if b = b[17:]; total > 256 || len(b) < total {
			return errSegment
		}
		code.symbols = b[:total]
		b = b[total:]
	}
	return nil
}

func (d *sampledJPEG) readQuant(b []byte) error {
	for len(b) > 0 {
		bytes, table := 1+int(b[0]>>4&1), &d.quant[b[0]&3]
		if b = b[1:]; len(b) < 64*bytes {
			return errSegment
		}
		for k := range 64 {
			v := int32(b[0])
			if bytes == 2 {
				v = v<<8 | int32(b[1])
			}
			table[zigzag[k]] = v
			b = b[bytes:]
		}
	}
	return nil
}

// transform makes samples of coefficients.
func (c *jpegComponent) transform(ctx context.Context, quant *[64]int32) error {
	stride := 8 * c.across
	c.samples = make([]byte, 64*len(c.coefficients))
	for i := range c.coefficients {
		if i%c.across == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		at := i/c.across*8*stride + i%c.across*8
		inverseDCT(c.samples[at:], stride, &c.coefficients[i], quant)
	}
	c.coefficients = nil
	return nil
}

// image makes an image of all components' samples: each stands for its pixels.
func (d *sampledJPEG) image() image.Image {
	bounds := image.Rect(0, 0, d.width, d.height)
	switch len(d.components) {
	case 1:
		m := image.NewGray(bounds)
		d.pixels(func(i int, v *[4]byte) { m.Pix[i] = v[0] })
		return m
	case 3:
		m := image.NewRGBA(bounds)
		rgb := d.isRGB()
		d.pixels(func(i int, v *[4]byte) {
			r, g, b := v[0], v[1], v[2]
			if !rgb {
				r, g, b = color.YCbCrToRGB(r, g, b)
			}
			copy(m.Pix[4*i:], []byte{r, g, b, 0xff})
		})
		return m
	}
	m := image.NewCMYK(bounds)
	d.pixels(func(i int, v *[4]byte) {
		p := m.Pix[4*i : 4*i+4 : 4*i+4]
		copy(p, v[:])
		switch {
		case d.adobe && d.transform != 0: // of RGB, which is CMY inverted twice
			p[0], p[1], p[2] = color.YCbCrToRGB(v[0], v[1], v[2])
			p[3] = 0xff - v[3]
		case d.adobe: // inverted
			p[0], p[1], p[2], p[3] = 0xff-v[0], 0xff-v[1], 0xff-v[2], 0xff-v[3]
		}
	})
	return m
}

// isRGB says that components are red, green and blue.
func (d *sampledJPEG) isRGB() bool { return !d.jfif && (d.rgb || d.adobe && d.transform == 0) }

// pixels calls put with each pixel's index and components, until the context is done.
func (d *sampledJPEG) pixels(put func(i int, v *[4]byte)) {
	var v [4]byte
	for y := range d.height {
		if d.ctx.Err() != nil {
			return
		}
		for x := range d.width {
			for i := range d.components {
				c := &d.components[i]
				v[i] = c.samples[y*c.v/d.most[1]*8*c.across+x*c.h/d.most[0]]
			}
			put(y*d.width+x, &v)
		}
	}
}
