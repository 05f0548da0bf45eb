package checkpoint

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"
	"strconv"

	"github.com/nlpodyssey/safetensors"
)

// The header is read here and not by the library, since that takes the whole file into memory
// first, and fifty bytes for each of the header's. It is read token by token: an entry takes a
// little more than its text.
const (
	lengthBytes = 8           // of the header's length, before it
	maxHeader   = 100_000_000 // bytes: the format's own limit
	maxRank     = 64          // dimensions of a tensor, far above any network's
	metadataKey = "__metadata__"
)

// entry is what a header says of a tensor.
type entry struct {
	name       string
	kind       safetensors.DType
	shape      []int
	begin, end int64 // its place behind the header
}

// header is what stands before the tensors' bytes.
type header struct {
	metadata map[string]string
	entries  []entry // by name
	data     int64   // where the tensors' bytes begin
}

// readHeader reads the header of a file of so many bytes. It holds that the tensors' places follow
// each other up to the file's end, and that each is as large as its shape: so what is read by it
// later is bounded by the file.
func readHeader(in io.ReaderAt, size int64) (*header, error) {
	var length [lengthBytes]byte
	if size < lengthBytes {
		return nil, fmt.Errorf("not a safetensors file: got %d bytes, want the header's length in the first %d", size, lengthBytes)
	}
	if _, err := in.ReadAt(length[:], 0); err != nil {
		return nil, fmt.Errorf("header's length: %w", err)
	}
	n := binary.LittleEndian.Uint64(length[:])
	if most := min(uint64(size-lengthBytes), maxHeader); n > most {
		return nil, fmt.Errorf("not a safetensors file: got a header of %d bytes, want at most %d", n, most)
	}
	h := &header{data: lengthBytes + int64(n)}
	d := json.NewDecoder(bufio.NewReaderSize(io.NewSectionReader(in, lengthBytes, int64(n)), 1<<16))
	d.UseNumber()
	if err := h.decode(&tokens{d}); err != nil {
		return nil, fmt.Errorf("not a safetensors file: header, byte %d: %w", lengthBytes+d.InputOffset(), err)
	}
	if err := h.check(size - h.data); err != nil {
		return nil, fmt.Errorf("truncated safetensors file: %w", err)
	}
	return h, nil
}

// decode reads the header's JSON: an object with an entry for each tensor, and the metadata.
func (h *header) decode(d *tokens) error {
	if err := d.delimiter('{'); err != nil {
		return err
	}
	for d.More() {
		name, err := d.text("a tensor's name")
		if err != nil {
			return err
		}
		if name == metadataKey {
			if err := d.Decode(&h.metadata); err != nil {
				return fmt.Errorf("metadata: %w", err)
			}
			continue
		}
		e := entry{name: name}
		if err := e.decode(d); err != nil {
			return fmt.Errorf("tensor %q: %w", clipped(name), err)
		}
		h.entries = append(h.entries, e)
	}
	if err := d.delimiter('}'); err != nil {
		return err
	}
	token, err := d.Token()
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	}
	return fmt.Errorf("got %s after the header's end, want spaces only", shown(token))
}

// decode reads an entry: its type, its shape and its place, each once.
func (e *entry) decode(d *tokens) error {
	if err := d.delimiter('{'); err != nil {
		return err
	}
	var seen [len(entryKeys)]bool
	for d.More() {
		key, err := d.text("a key")
		if err != nil {
			return err
		}
		i := slices.Index(entryKeys[:], key)
		switch {
		case i < 0:
			return fmt.Errorf("unexpected key %.40q, want dtype, shape and data_offsets", key)
		case seen[i]:
			return fmt.Errorf("got %s twice, want it once", key)
		}
		seen[i] = true
		switch key {
		case "dtype":
			err = e.decodeType(d)
		case "shape":
			e.shape, err = d.numbers(maxRank)
		case "data_offsets":
			err = e.decodePlace(d)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	if i := slices.Index(seen[:], false); i >= 0 {
		return fmt.Errorf("got no %s, want one", entryKeys[i])
	}
	return d.delimiter('}')
}

var entryKeys = [...]string{"dtype", "shape", "data_offsets"}

func (e *entry) decodeType(d *tokens) error {
	name, err := d.text("a type")
	if err != nil {
		return err
	}
	e.kind, err = safetensors.ParseDType(name)
	readable := e.kind == safetensors.F32 || e.kind == safetensors.I64 || e.kind == safetensors.I32
	if err != nil || !readable {
		return fmt.Errorf("got type %.20s, want F32, I64 or I32", name)
	}
	return nil
}

func (e *entry) decodePlace(d *tokens) error {
	place, err := d.numbers(2)
	if err != nil {
		return err
	}
	if len(place) != 2 {
		return fmt.Errorf("got %d numbers, want 2", len(place))
	}
	e.begin, e.end = int64(place[0]), int64(place[1])
	return nil
}

// check holds the entries to places that fill so many bytes, and sorts them by name.
func (h *header) check(size int64) error {
	slices.SortFunc(h.entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end))
	})
	at := int64(0)
	for i := range h.entries {
		e := &h.entries[i]
		if e.begin != at || e.end < at {
			return fmt.Errorf("tensor %q: got bytes %d to %d, want them from %d on, after the tensor before", clipped(e.name), e.begin, e.end, at)
		}
		if e.end > size {
			return fmt.Errorf("tensor %q: got its end at byte %d of %d: the file is truncated", clipped(e.name), e.end, size)
		}
		if want, ok := e.bytes(); !ok || want != e.end-e.begin {
			return fmt.Errorf("tensor %q: got %d bytes, want those of %s and shape %v", clipped(e.name), e.end-e.begin, e.kind, e.shape)
		}
		at = e.end
	}
	if at != size {
		return fmt.Errorf("got %d bytes after the header, want the tensors' %d", size, at)
	}
	slices.SortFunc(h.entries, func(a, b entry) int { return cmp.Compare(a.name, b.name) })
	for i := 1; i < len(h.entries); i++ {
		if name := h.entries[i].name; name == h.entries[i-1].name {
			return fmt.Errorf("got tensor %q twice, want it once", clipped(name))
		}
	}
	return nil
}

// bytes returns how many the elements of the shape have; not ok: more than an int64 can say.
func (e *entry) bytes() (n int64, ok bool) {
	if slices.Contains(e.shape, 0) {
		return 0, true
	}
	product := e.kind.Size()
	for _, d := range e.shape {
		high, low := bits.Mul64(product, uint64(d))
		if high != 0 || low > math.MaxInt64 {
			return 0, false
		}
		product = low
	}
	return int64(product), true
}

// clipped is a name as messages show it.
func clipped(name string) string {
	const most = 200
	if len(name) > most {
		return name[:most] + "…"
	}
	return name
}

// tokens reads JSON of which it is known what comes next.
type tokens struct{ *json.Decoder }

func (d *tokens) delimiter(want json.Delim) error {
	token, err := d.token()
	if err == nil && token != want {
		err = fmt.Errorf("got %s, want %q", shown(token), want)
	}
	return err
}

func (d *tokens) text(what string) (string, error) {
	token, err := d.token()
	if err != nil {
		return "", err
	}
	text, ok := token.(string)
	if !ok {
		return "", fmt.Errorf("got %s, want %s", shown(token), what)
	}
	return text, nil
}

// numbers reads a list of at most so many natural numbers.
func (d *tokens) numbers(most int) ([]int, error) {
	if err := d.delimiter('['); err != nil {
		return nil, err
	}
	list := []int{}
	for d.More() {
		token, err := d.token()
		if err != nil {
			return nil, err
		}
		number, ok := token.(json.Number)
		n, err := strconv.Atoi(string(number))
		if !ok || err != nil || n < 0 || len(list) == most {
			return nil, fmt.Errorf("got %s as number %d, want at most %d natural numbers", shown(token), len(list), most)
		}
		list = append(list, n)
	}
	return list, d.delimiter(']')
}

// token is the next; the end of the header, where one is wanted, is an error that says so.
func (d *tokens) token() (json.Token, error) {
	token, err := d.Token()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return token, err
}

// shown is a token in a message.
func shown(token json.Token) string {
	if text, ok := token.(string); ok {
		return fmt.Sprintf("%.40q", text)
	}
	return fmt.Sprintf("%.40v", token)
}
