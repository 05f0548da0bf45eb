package partition

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/dataset"
)

// Fingerprint is the sha256 of the images and labels of sets, hexadecimal. Sets that are nil are
// not there.
func Fingerprint(sets ...*dataset.Set) string {
	_, all := Fingerprints(sets...)
	return all
}

// Fingerprints returns the fingerprints of the first set and of all.
func Fingerprints(sets ...*dataset.Set) (first, all string) {
	h := sha256.New()
	labels := []byte(nil)
	for i, s := range sets {
		if s == nil {
			continue
		}
		labels = labels[:0]
		for _, l := range s.Labels {
			labels = binary.LittleEndian.AppendUint32(labels, uint32(l))
		}
		h.Write(s.Images) // a hash's Write returns no error
		h.Write(labels)
		if i == 0 {
			first = fmt.Sprintf("%x", h.Sum(nil))
		}
	}
	return first, fmt.Sprintf("%x", h.Sum(nil))
}
