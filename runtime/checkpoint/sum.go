package checkpoint

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
)

// sumKey is the entry of the metadata that holds a file's sum.
const sumKey = "sha256"

// sum is the sha256 of the metadata and the tensors, each part behind its length, in the order of their names.
func (f *File) sum() string {
	h := sha256.New()
	part := func(p []byte) {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(p)))) // a hash's Write returns no error
		h.Write(p)
	}
	for _, key := range slices.Sorted(maps.Keys(f.Metadata)) {
		if key != sumKey {
			part([]byte(key))
			part([]byte(f.Metadata[key]))
		}
	}
	order := make([]*Tensor, len(f.Tensors))
	for i := range f.Tensors {
		order[i] = &f.Tensors[i]
	}
	slices.SortFunc(order, func(a, b *Tensor) int { return cmp.Compare(a.Name, b.Name) })
	for _, t := range order {
		part(fmt.Appendf(nil, "%q %s %d", t.Name, t.Type(), t.Shape))
		part(view{t}.Data())
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

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

// checkSum refuses a file whose sum is not that of what was read.
func (f *File) checkSum() error {
	if got := f.sum(); f.Sum != "" && got != f.Sum {
		return fmt.Errorf("got contents with sha256 %.12s…, want %.12s… as the header says: the file is damaged", got, f.Sum)
	}
	return nil
}
