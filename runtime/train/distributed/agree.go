package distributed

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// CheckEqual refuses ranks that differ in any of what is described, name by name.
func CheckEqual(link Link, described map[string]string) error {
	const words = sha256.Size / 4
	names := link.Names()
	var wrong []string
	for _, key := range slices.Sorted(maps.Keys(described)) {
		sum := sha256.Sum256([]byte(described[key]))
		own := make([]float64, words)
		for i := range own {
			own[i] = float64(binary.LittleEndian.Uint32(sum[4*i:]))
		}
		all := make([]float64, words*link.Size())
		link.Gather(all, own)
		for rank := range link.Size() {
			if !slices.Equal(all[rank*words:][:words], all[:words]) {
				wrong = append(wrong, fmt.Sprintf("rank %d (%s): got another %s than rank 0 (%s)", rank, names[rank], key, names[0]))
			}
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("all ranks of a run must be alike:\n  %s", strings.Join(wrong, "\n  "))
	}
	return nil
}

// CollectiveError is an error that all ranks know of: they may end together.
type CollectiveError struct{ Err error }

// Error returns what Err says.
func (a CollectiveError) Error() string { return a.Err.Error() }

// Unwrap returns what is wrong.
func (a CollectiveError) Unwrap() error { return a.Err }
