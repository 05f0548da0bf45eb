package onnx

import (
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/encoding/protowire"
)

// source is a file that is read by a window of it: a file of gigabytes may hold little that is
// wanted.
type source struct {
	in     io.ReaderAt
	size   int64
	window []byte
	at     int64 // where the window begins
}

const windowBytes = 1 << 16

// peek returns so many bytes, or those that there are up to the file's end.
func (s *source) peek(at int64, n int) ([]byte, error) {
	if at < s.at || at+int64(n) > s.at+int64(len(s.window)) {
		if s.window == nil {
			s.window = make([]byte, 0, windowBytes)
		}
		s.at, s.window = at, s.window[:min(windowBytes, s.size-at)]
		if got, err := s.in.ReadAt(s.window, at); got < len(s.window) {
			s.window = s.window[:0]
			return nil, err
		}
	}
	from := s.window[at-s.at:]
	return from[:min(n, len(from))], nil
}

// part is a message's content, or a value's, in a file.
type part struct {
	*source
	at, size int64
}

// bytes appends the content to b.
func (p part) bytes(b []byte) ([]byte, error) {
	if p.size <= windowBytes {
		content, err := p.peek(p.at, int(p.size))
		return append(b, content...), err
	}
	n := len(b)
	b = append(b, make([]byte, p.size)...)
	if got, err := p.in.ReadAt(b[n:], p.at); int64(got) < p.size {
		return nil, err
	}
	return b, nil
}

// maxText is the size of the longest text that is read: the names of all classes, as JSON.
const maxText = 1 << 26

// text returns the content as a string.
func (p part) text() (string, error) {
	if p.size > maxText {
		return "", fmt.Errorf("got a text of %d bytes, want at most %d", p.size, maxText)
	}
	b, err := p.bytes(nil)
	return string(b), err
}

// field is one of a message.
type field struct {
	id      protowire.Number
	kind    protowire.Type
	number  uint64 // of a VarintType, Fixed32Type or Fixed64Type
	content part   // of a BytesType; of a Fixed32Type its four bytes
}

func (f *field) is(id protowire.Number, kind protowire.Type) bool {
	return f.id == id && f.kind == kind
}

// fields calls visit with each field of a message; errors say which message and how far into it.
func fields(message string, p part, visit func(field) error) error {
	for at := int64(0); at < p.size; {
		f, size, err := p.consume(at)
		if err == nil {
			err = visit(f)
		}
		if err != nil {
			return position(message, at, err)
		}
		at += size
	}
	return nil
}

func position(message string, at int64, err error) error {
	if message == "" {
		return fmt.Errorf("byte %d: %w", at, err)
	}
	return fmt.Errorf("%s, byte %d: %w", message, at, err)
}

// headBytes is at least what a field has of its tag and its number or length.
const headBytes = 20

// consume returns the field that begins at a byte of the message, and its size.
func (p part) consume(at int64) (f field, size int64, err error) {
	b, err := p.peek(p.at+at, int(min(headBytes, p.size-at)))
	if err != nil {
		return f, 0, err
	}
	id, kind, tag := protowire.ConsumeTag(b)
	if tag < 0 {
		return f, 0, protowire.ParseError(tag)
	}
	f, n := field{id: id, kind: kind}, 0
	switch b = b[tag:]; kind {
	case protowire.VarintType:
		f.number, n = protowire.ConsumeVarint(b)
	case protowire.Fixed32Type:
		var x uint32
		x, n = protowire.ConsumeFixed32(b)
		f.number, f.content = uint64(x), part{p.source, p.at + at + int64(tag), 4}
	case protowire.Fixed64Type:
		f.number, n = protowire.ConsumeFixed64(b)
	case protowire.BytesType:
		return p.consumeBytes(f, at, tag, b)
	default:
		return f, 0, fmt.Errorf("field %d: got %w, want none: no model has one", id, errGroup)
	}
	if n < 0 {
		return f, 0, protowire.ParseError(n)
	}
	return f, int64(tag + n), nil
}

var errGroup = errors.New("a group")

// consumeBytes is consume for a field that has its length in b, behind its tag.
func (p part) consumeBytes(f field, at int64, tag int, b []byte) (field, int64, error) {
	length, n := protowire.ConsumeVarint(b)
	if n < 0 {
		return f, 0, protowire.ParseError(n)
	}
	begin := at + int64(tag+n)
	if length > uint64(p.size-begin) {
		return f, 0, io.ErrUnexpectedEOF
	}
	f.content = part{p.source, p.at + begin, int64(length)}
	return f, begin - at + int64(length), nil
}
