package checkpoint

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"maps"
	"slices"
)

// sumKey is the entry of the metadata that holds a file's sum.
const sumKey = "sha256"

// sum is the sha256 of the metadata and the tensors, in the order of their names.
func (f *File) sum() string {
	order := make([]*Tensor, len(f.Tensors))
	for i := range f.Tensors {
		order[i] = &f.Tensors[i]
	}
	slices.SortFunc(order, func(a, b *Tensor) int { return cmp.Compare(a.Name, b.Name) })
	s := newSummer(f.Metadata)
	for _, t := range order {
		s.tensor(t)
		s.part(view{t}.Data())
	}
	return s.String()
}

// summer makes a file's sum of its parts, each behind its length.
type summer struct{ hash.Hash }

// newSummer begins with the metadata, but for the sum itself.
func newSummer(metadata map[string]string) summer {
	s := summer{sha256.New()}
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		if key != sumKey {
			s.part([]byte(key))
			s.part([]byte(metadata[key]))
		}
	}
	return s
}

// tensor adds what a tensor is. Its contents follow, as a part.
func (s summer) tensor(t *Tensor) {
	s.part(fmt.Appendf(nil, "%q %s %d", t.Name, t.Type(), t.Shape))
}

func (s summer) part(p []byte) {
	s.begin(len(p))
	s.Write(p) // a hash's Write returns no error
}

// begin adds the length of a part whose contents follow.
func (s summer) begin(length int) {
	s.Write(binary.LittleEndian.AppendUint64(nil, uint64(length)))
}

func (s summer) String() string { return fmt.Sprintf("%x", s.Sum(nil)) }

// withSum is the file's metadata with its sum.
func withSum(f *File) map[string]string {
	metadata := map[string]string{}
	maps.Copy(metadata, f.Metadata)
	metadata[sumKey] = f.sum()
	return metadata
}

// takeSum moves the sum out of the metadata that were read; if there are no others, there are none.
func (f *File) takeSum() {
	f.Sum = f.Metadata[sumKey]
	delete(f.Metadata, sumKey)
	if len(f.Metadata) == 0 {
		f.Metadata = nil
	}
}
