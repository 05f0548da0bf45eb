//go:build !purego

package cpu

import (
	"strings"

	"github.com/klauspost/cpuid/v2"
)

// built is the highest level that this build has assembly for.
const built = AVX512

// requirement is a feature that assembly uses.
type requirement struct {
	id   cpuid.FeatureID
	name string
}

// requirements are the features that each level adds to those below it. cpuid reports AVX2, FMA3
// and AVX-512 only where the operating system saves the registers; OSXSAVE is listed to name a
// missing one.
var requirements = map[Level][]requirement{
	AVX2:   {{cpuid.AVX2, "AVX2"}, {cpuid.FMA3, "FMA3"}, {cpuid.OSXSAVE, "OSXSAVE"}},
	AVX512: {{cpuid.AVX512F, "AVX512F"}},
}

// detect returns the best level of this CPU, with the reason.
func detect() (Level, string) {
	var found []string
	for level := AVX2; level <= built; level++ {
		var missing []string
		for _, r := range requirements[level] {
			if cpuid.CPU.Supports(r.id) {
				found = append(found, r.name)
			} else {
				missing = append(missing, r.name)
			}
		}
		if len(missing) > 0 && level == AVX2 {
			return Portable, "this CPU or its operating system lacks " + strings.Join(missing, ", ")
		}
		if len(missing) > 0 {
			return level - 1, "found " + strings.Join(found, ", ") + "; lacks " + strings.Join(missing, ", ")
		}
	}
	return built, "found " + strings.Join(found, ", ")
}
