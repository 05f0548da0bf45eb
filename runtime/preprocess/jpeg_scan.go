package preprocess

import (
	"errors"
	"fmt"
)

// scanPart is what a scan has of a component.
type scanPart struct {
	*jpegComponent
	dcCode, acCode *huffmanCode
}

// band is which coefficients a scan has, in the order of their numbers, and which of their bits.
type band struct {
	first, last int
	high, low   uint // the lowest bit that was there before, or 0, and the one that is now
}

// readScan reads a scan: its header, and the coefficients behind it.
func (d *sampledJPEG) readScan(b []byte) error {
	if d.components == nil {
		return errors.New("got a scan before the frame header")
	}
	if len(b) < 1 || len(b) != 4+2*int(b[0]) || b[0] < 1 || int(b[0]) > len(d.components) {
		return errSegment
	}
	var parts []scanPart
	blocks := 0
	for i := range int(b[0]) {
		part := scanPart{dcCode: &d.codes[0][b[2+2*i]>>4&3], acCode: &d.codes[1][b[2+2*i]&3]}
		for k := range d.components {
			if d.components[k].id == b[1+2*i] {
				part.jpegComponent = &d.components[k]
			}
		}
		if part.jpegComponent == nil {
			return fmt.Errorf("got a scan of component %d, which is not in the frame header", b[1+2*i])
		}
		blocks += part.h * part.v
		parts = append(parts, part)
	}
	if len(parts) > 1 && blocks > 10 {
		return fmt.Errorf("got %d blocks in a unit, want at most 10", blocks)
	}
	n := len(b) - 3
	s := band{first: 0, last: 63}
	if d.frame == markerSOF2 {
		s = band{int(b[n]), int(b[n+1]), uint(b[n+2] >> 4), uint(b[n+2] & 15)}
	}
	if s.last > 63 || s.first > s.last || d.frame == markerSOF2 && s.first == 0 && s.last != 0 || s.first > 0 && len(parts) > 1 || s.low > 13 {
		return fmt.Errorf("got a scan of coefficients %d to %d of %d components", s.first, s.last, len(parts))
	}
	return d.readUnits(parts, s)
}

// readUnits reads the units of a scan: blocks of one component, as many as have pixels, or of
// several.
func (d *sampledJPEG) readUnits(parts []scanPart, s band) error {
	only := parts[0]
	across, down := only.inside, only.above
	if len(parts) > 1 {
		across, down = only.across/only.h, only.down/only.v
	}
	d.reset()
	for unit := range across * down {
		if d.restart > 0 && unit > 0 && unit%d.restart == 0 {
			if err := d.readRestart(); err != nil {
				return err
			}
		}
		x, y := unit%across, unit/across
		if len(parts) == 1 {
			if err := d.readBlock(&parts[0], y*only.across+x, s); err != nil {
				return err
			}
			continue
		}
		for i := range parts {
			p := &parts[i]
			for k := range p.h * p.v {
				if err := d.readBlock(p, (y*p.v+k/p.h)*p.across+x*p.h+k%p.h, s); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (d *sampledJPEG) reset() {
	d.bits, d.endOfBand = bitReader{in: d.in}, 0
	for i := range d.components {
		d.components[i].dc = 0
	}
}

// readRestart reads the marker of a restart.
func (d *sampledJPEG) readRestart() error {
	for b := byte(0); ; {
		next, err := d.in.ReadByte()
		if err != nil {
			return err
		}
		if b == 0xff && markerRST0 <= next && next < markerSOI {
			d.reset()
			return nil
		}
		if b == 0xff && next != 0 && next != 0xff {
			return fmt.Errorf("got marker %#x, want a restart", next)
		}
		b = next
	}
}

// readBlock reads what a scan has of a block.
func (d *sampledJPEG) readBlock(p *scanPart, at int, s band) error {
	block := &p.coefficients[at]
	var err error
	switch {
	case s.first == 0 && s.high == 0:
		err = d.readDC(p, block, s)
	case s.first == 0:
		var bit int
		bit, err = d.bits.bit()
		block[0] |= int16(bit << s.low)
	case s.high == 0:
		return d.readAC(p.acCode, block, s)
	default:
		return d.refineAC(p.acCode, block, s)
	}
	if err == nil && s.last > 0 { // sequential
		s.first = 1
		return d.readAC(p.acCode, block, s)
	}
	return err
}

func (d *sampledJPEG) readDC(p *scanPart, block *[64]int16, s band) error {
	size, err := d.bits.symbol(p.dcCode)
	if err != nil {
		return err
	}
	difference, err := d.bits.signed(int(size) & 15)
	p.dc += difference
	block[0] = int16(p.dc << s.low)
	return err
}

// readAC reads the first bits of coefficients.
func (d *sampledJPEG) readAC(code *huffmanCode, block *[64]int16, s band) error {
	if d.endOfBand > 0 {
		d.endOfBand--
		return nil
	}
	for k := s.first; k <= s.last; k++ {
		symbol, err := d.bits.symbol(code)
		if err != nil {
			return err
		}
		zeros, size := int(symbol>>4), int(symbol&15)
		if size == 0 && zeros < 15 {
			more, err := d.bits.number(zeros)
			d.endOfBand = 1<<zeros + more - 1
			return err
		}
		k += zeros
		if size == 0 {
			continue
		}
		v, err := d.bits.signed(size)
		if err != nil {
			return err
		}
		if k > s.last {
			return errors.New("got more coefficients than a block has")
		}
		block[zigzag[k]] = int16(v << s.low)
	}
	return nil
}

// refineAC reads another bit of coefficients that are not 0, and those that are no longer.
func (d *sampledJPEG) refineAC(code *huffmanCode, block *[64]int16, s band) error {
	k := s.first
	for ; k <= s.last && d.endOfBand == 0; k++ {
		symbol, err := d.bits.symbol(code)
		if err != nil {
			return err
		}
		zeros, v := int(symbol>>4), int16(0)
		switch {
		case symbol&15 != 0:
			bit, err := d.bits.bit()
			if err != nil {
				return err
			}
			v = int16(2*bit-1) << s.low
		case zeros < 15:
			more, err := d.bits.number(zeros)
			if err != nil {
				return err
			}
			d.endOfBand = 1<<zeros + more
		}
		if d.endOfBand > 0 {
			break
		}
		if k, err = d.refine(block, k, s, zeros); err != nil {
			return err
		}
		if v != 0 && k <= s.last {
			block[zigzag[k]] = v
		}
	}
	if d.endOfBand == 0 {
		return nil
	}
	d.endOfBand--
	_, err := d.refine(block, k, s, 64)
	return err
}

// refine reads another bit of each coefficient from k on that is not 0, and returns where so many
// zeros are skipped and another follows.
func (d *sampledJPEG) refine(block *[64]int16, k int, s band, zeros int) (int, error) {
	for ; k <= s.last; k++ {
		c := &block[zigzag[k]]
		if *c == 0 {
			if zeros == 0 {
				break
			}
			zeros--
			continue
		}
		bit, err := d.bits.bit()
		if err != nil {
			return k, err
		}
		if one := int16(1) << s.low; bit != 0 && *c&one == 0 {
			if *c < 0 {
				one = -one
			}
			*c += one
		}
	}
	return k, nil
}
