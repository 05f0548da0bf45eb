package tfcheckpoint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/golang/snappy"
)

// The table's format, as leveldb's doc/table_format.md says. It is read here and not by a library,
// since those that there are take the lengths that a damaged file states for granted.
const (
	footerBytes   = 48
	trailerBytes  = 5 // of a block: its compression, and the masked sum of both
	tableMagic    = 0xdb4775248b80fb57
	uncompressed  = 0
	snappyed      = 1
	maxTableBytes = 1 << 26 // of all blocks, decompressed, and of all keys; the largest networks take a hundredth

	maxExpansion = 24 // of a block by snappy, whose longest copy makes 64 bytes of 3
	maxSharing   = 64 // of keys to a table's bytes, since keys share their beginnings; TensorFlow's are a few times as long
)

// handle says where a block lies, without its trailer.
type handle struct{ offset, size uint64 }

func parseHandle(b []byte) (h handle, rest []byte, err error) {
	offset, n := binary.Uvarint(b)
	if n <= 0 {
		return h, nil, errors.New("got no block's place")
	}
	size, m := binary.Uvarint(b[n:])
	if m <= 0 {
		return h, nil, errors.New("got no block's size")
	}
	return handle{offset, size}, b[n+m:], nil
}

// tableReader reads the whole of a table.
type tableReader struct {
	data  []byte
	total uint64 // bytes of blocks so far
}

// readTable calls visit with each key and value of a table, whose keys ascend. Both are visit's
// only until it returns.
func readTable(data []byte, visit func(key, value []byte) error) error {
	if len(data) < footerBytes {
		return fmt.Errorf("got %d bytes, want a table of %d or more", len(data), footerBytes)
	}
	footer := data[len(data)-footerBytes:]
	if magic := binary.LittleEndian.Uint64(footer[footerBytes-8:]); magic != tableMagic {
		return fmt.Errorf("got %#x at the end, want a table's %#x", magic, uint64(tableMagic))
	}
	_, rest, err := parseHandle(footer) // the meta index, which has no part in what a checkpoint says
	if err != nil {
		return fmt.Errorf("footer: %w", err)
	}
	index, _, err := parseHandle(rest)
	if err != nil {
		return fmt.Errorf("footer: %w", err)
	}
	r := &tableReader{data: data[:len(data)-footerBytes]}
	blocks, err := r.block(index)
	if err != nil {
		return fmt.Errorf("index of blocks: %w", err)
	}
	var last []byte
	begun, keys, most := false, 0, min(maxTableBytes, maxSharing*len(data))
	return readBlock(blocks, func(_, place []byte) error {
		h, _, err := parseHandle(place)
		if err != nil {
			return err
		}
		block, err := r.block(h)
		if err != nil {
			return err
		}
		return readBlock(block, func(key, value []byte) error {
			if begun && bytes.Compare(last, key) >= 0 {
				return fmt.Errorf("got key %q after %q, want ascending keys", key, last)
			}
			if keys += len(key); keys > most { // what keys share makes them longer than the table
				return fmt.Errorf("got keys of more than %d bytes, want at most as many in a table of %d", most, len(data))
			}
			begun, last = true, append(last[:0], key...)
			return visit(key, value)
		})
	})
}

// block returns a block's contents, decompressed, after checking its sum.
func (r *tableReader) block(h handle) ([]byte, error) {
	n := uint64(len(r.data))
	if h.offset > n || h.size > n-h.offset || trailerBytes > n-h.offset-h.size {
		return nil, fmt.Errorf("got a block of %d bytes at %d, want it within %d", h.size, h.offset, n)
	}
	content := r.data[h.offset:][:h.size]
	trailer := r.data[h.offset+h.size:][:trailerBytes]
	if got, want := masked(content, trailer[:1]), binary.LittleEndian.Uint32(trailer[1:]); got != want {
		return nil, fmt.Errorf("block at %d: got checksum %08x, want %08x: it is damaged", h.offset, got, want)
	}
	size := h.size
	switch trailer[0] {
	case uncompressed:
	case snappyed:
		length, err := snappy.DecodedLen(content)
		if err != nil {
			return nil, fmt.Errorf("block at %d: %w", h.offset, err)
		}
		if size = uint64(length); size > maxExpansion*h.size {
			return nil, fmt.Errorf("block at %d: got %d bytes that say they are %d, want fewer", h.offset, h.size, size)
		}
	default:
		return nil, fmt.Errorf("block at %d: got compression %d, want %d, none, or %d, snappy", h.offset, trailer[0], uncompressed, snappyed)
	}
	if r.total += size; r.total > maxTableBytes {
		return nil, fmt.Errorf("block at %d: got blocks of more than %d bytes", h.offset, maxTableBytes)
	}
	if trailer[0] == uncompressed {
		return content, nil
	}
	decoded, err := snappy.Decode(nil, content)
	if err != nil {
		return nil, fmt.Errorf("block at %d: %w", h.offset, err)
	}
	return decoded, nil
}

// readBlock calls visit with each key and value of a block: of each key only what differs from the
// one before is there, but where the block says that reading may start.
func readBlock(block []byte, visit func(key, value []byte) error) error {
	if len(block) < 4 {
		return fmt.Errorf("got a block of %d bytes, want 4 or more", len(block))
	}
	restarts := uint64(binary.LittleEndian.Uint32(block[len(block)-4:]))
	if restarts > uint64(len(block)-4)/4 {
		return fmt.Errorf("got a block of %d bytes with %d restarts, want fewer", len(block), restarts)
	}
	rest := block[:uint64(len(block))-4-4*restarts]
	var key []byte
	for len(rest) > 0 {
		var sizes [3]uint64 // of the key what it shares and what it does not, and the value
		for i := range sizes {
			x, n := binary.Uvarint(rest)
			if n <= 0 {
				return errors.New("got a block that ends within an entry")
			}
			sizes[i], rest = x, rest[n:]
		}
		shared, own, value := sizes[0], sizes[1], sizes[2]
		left := uint64(len(rest))
		if shared > uint64(len(key)) || own > left || value > left-own {
			return fmt.Errorf("got an entry of %d+%d and %d bytes, want at most %d, and %d in all", shared, own, value, len(key), left)
		}
		key = append(key[:shared], rest[:own]...)
		if err := visit(key, rest[own:own+value]); err != nil {
			return err
		}
		rest = rest[own+value:]
	}
	return nil
}
