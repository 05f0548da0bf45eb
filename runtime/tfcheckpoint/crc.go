package tfcheckpoint

import "hash/crc32"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// mask turns a CRC-32C into what is stored of it: rotated, and moved by a constant, so that a sum
// of data that holds sums is not one of theirs (tensorflow/tsl/lib/hash/crc32c.h, and the same in
// leveldb's util/crc32c.h).
func mask(sum uint32) uint32 { return (sum>>15 | sum<<17) + 0xa282ead8 }

// masked is the stored sum of parts that follow one another.
func masked(parts ...[]byte) uint32 {
	sum := uint32(0)
	for _, p := range parts {
		sum = crc32.Update(sum, castagnoli, p)
	}
	return mask(sum)
}
