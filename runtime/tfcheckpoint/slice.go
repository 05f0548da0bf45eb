package tfcheckpoint

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A partitioned tensor has an entry that lists its slices, and each slice an entry of its own,
// whose key is a zero byte, the tensor's name and the slice's extents in an encoding that sorts as
// they do (tensorflow/core/util/ saved_tensor_slice_util.cc,
// tensorflow/core/lib/strings/ordered_code.cc).

// decodeSliceName takes a slice's key apart; a key that does not begin with a zero byte is a
// tensor's.
func decodeSliceName(key string) (name string, extents []extent, isSlice bool, err error) {
	if key == "" || key[0] != 0 {
		return "", nil, false, nil
	}
	name, rest, err := decodeString(key[1:])
	if err != nil {
		return "", nil, true, err
	}
	rank, rest, err := decodeNumber(rest)
	if err != nil || rank == 0 || rank > maxRank {
		return "", nil, true, fmt.Errorf("got the slice of a tensor of rank %d, want 1 to %d", rank, maxRank)
	}
	for range rank {
		var e extent
		if e.start, rest, err = decodeSigned(rest); err != nil {
			return "", nil, true, err
		}
		if e.length, rest, err = decodeSigned(rest); err != nil {
			return "", nil, true, err
		}
		extents = append(extents, e)
	}
	if rest != "" {
		return "", nil, true, fmt.Errorf("got %d bytes after a slice's extents, want none", len(rest))
	}
	return name, extents, true, nil
}

var errSliceName = errors.New("got a slice's name that ends too early")

// decodeString reads a string up to its end, which is the bytes 0 and 1: 0 and 255 themselves are
// followed by the other.
func decodeString(s string) (text, rest string, err error) {
	var b strings.Builder
	for i := 0; i+1 < len(s); i++ {
		switch c, next := s[i], s[i+1]; {
		case c == 0 && next == 1:
			return b.String(), s[i+2:], nil
		case c == 0 && next == 255, c == 255 && next == 0:
			b.WriteByte(c)
			i++
		case c == 0 || c == 255:
			return "", "", fmt.Errorf("got bytes %d and %d in a slice's name", c, next)
		default:
			b.WriteByte(c)
		}
	}
	return "", "", errSliceName
}

// decodeNumber reads a number: how many bytes it has, and these, the highest first.
func decodeNumber(s string) (x uint64, rest string, err error) {
	if s == "" || int(s[0]) > 8 || len(s) < 1+int(s[0]) {
		return 0, "", errSliceName
	}
	n := int(s[0])
	for i := range n {
		x = x<<8 | uint64(s[1+i])
	}
	return x, s[1+n:], nil
}

// decodeSigned reads a number with a sign: as many bytes as there are bits alike at the beginning,
// then, behind one bit of the other kind, the number in two's complement, whose sign is that of the
// first bit inverted.
func decodeSigned(s string) (x int64, rest string, err error) {
	if s == "" {
		return 0, "", errSliceName
	}
	negative := s[0]&0x80 == 0
	bit := func(i int) bool { return i/8 < len(s) && s[i/8]&(0x80>>(i%8)) != 0 }
	n := 1
	for n < 10 && n < 8*len(s) && bit(n) != negative {
		n++
	}
	if n > len(s) || n == 10 {
		return 0, "", errSliceName // ten bytes are for numbers of more than 62 bits, which no extent is
	}
	ones := uint64(0)
	if negative {
		ones = ^ones
	}
	value := ones
	for i := n + 1; i < 8*n; i++ {
		value <<= 1
		if bit(i) {
			value |= 1
		}
	}
	return int64(value), s[n:], nil
}

// sliceKey names a slice of a tensor.
func sliceKey(name string, extents []extent) string {
	return fmt.Sprintf("%s %v", name, normal(extents))
}

// normal has one form for an extent that is all of a dimension.
func normal(extents []extent) []extent {
	same := make([]extent, len(extents))
	for i, e := range extents {
		if same[i] = e; e.length < 0 {
			same[i] = extent{0, -1}
		}
	}
	return same
}

// slice is a part of a tensor.
type slice struct {
	*entry
	extents []extent
}

// assemble puts a tensor together from its slices, which have to cover it, once.
func (r *reader) assemble(name string, e *entry) ([]byte, error) {
	parts, err := r.slicesOf(name, e)
	if err != nil {
		return nil, err
	}
	total, _ := elements(e.shape) // it was checked
	size := e.kind.size()
	data, filled := make([]byte, total*int64(size)), make([]bool, total)
	for _, p := range parts {
		bytes, err := r.bytes(name, p.entry)
		if err != nil {
			return nil, err
		}
		if err := place(data, filled, bytes, e, p); err != nil {
			return nil, err
		}
	}
	return data, nil
}

// slicesOf finds the slices of a tensor. They have as many elements as it: so it is not larger than
// the shards.
func (r *reader) slicesOf(name string, e *entry) ([]slice, error) {
	var parts []slice
	seen := map[string]bool{}
	sum := int64(0)
	for _, extents := range e.slices {
		shape, err := sliceShape(e.shape, extents)
		if err != nil {
			return nil, err
		}
		key := sliceKey(name, extents)
		p := r.parts[key]
		switch {
		case p == nil || p.slices != nil:
			return nil, fmt.Errorf("got no entry of slice %v, want one of each slice", extents)
		case p.kind != e.kind || !slices.Equal(p.shape, shape):
			return nil, fmt.Errorf("slice %v: got %s of shape %v, want %s of shape %v", extents, p.kind, p.shape, e.kind, shape)
		case seen[key]:
			return nil, fmt.Errorf("got slice %v twice, want it once", extents)
		}
		seen[key] = true
		sum += p.size / int64(e.kind.size())
		parts = append(parts, slice{p, extents})
	}
	if total, _ := elements(e.shape); sum != total {
		return nil, fmt.Errorf("got slices of %d elements, want %d of shape %v", sum, total, e.shape)
	}
	return parts, nil
}

// sliceShape is the shape of a slice of a tensor.
func sliceShape(shape []int, extents []extent) ([]int, error) {
	if len(extents) != len(shape) {
		return nil, fmt.Errorf("got a slice of %d dimensions, want %d", len(extents), len(shape))
	}
	of := make([]int, len(shape))
	for i, e := range extents {
		size := int64(shape[i])
		switch {
		case e.length < 0:
			of[i] = shape[i]
		case e.start < 0 || e.start > size || e.length > size-e.start:
			return nil, fmt.Errorf("got a slice of %d at %d in dimension %d, want it within %d", e.length, e.start, i, size)
		default:
			of[i] = int(e.length)
		}
	}
	return of, nil
}

// place copies a slice's elements to where they belong in its tensor.
func place(data []byte, filled []bool, part []byte, e *entry, p slice) error {
	size := e.kind.size()
	at := make([]int, len(e.shape)) // in the slice
	for i := 0; i < len(part); i += size {
		to := 0
		for d, k := range at {
			start := 0
			if p.extents[d].length >= 0 {
				start = int(p.extents[d].start)
			}
			to = to*e.shape[d] + start + k
		}
		if filled[to] {
			return fmt.Errorf("got slices that overlap in element %d", to)
		}
		filled[to] = true
		copy(data[to*size:][:size], part[i:])
		for d := len(at) - 1; d >= 0; d-- {
			if at[d]++; at[d] < p.shape[d] {
				break
			}
			at[d] = 0
		}
	}
	return nil
}
