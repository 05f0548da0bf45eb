//go:build !purego

package cpu

import (
	"strings"

	"github.com/klauspost/cpuid/v2"
)

// built is the highest level that this build has assembly for.
const built = AVX2

// requirements are the features that assembly of level AVX2 uses. cpuid reports AVX2 and FMA3 only
// where the operating system saves the registers; OSXSAVE is listed to name a missing one.
var requirements = [...]struct {
	id   cpuid.FeatureID
	name string
}{
	{cpuid.AVX2, "AVX2"},
	{cpuid.FMA3, "FMA3"},
	{cpuid.OSXSAVE, "OSXSAVE"},
}

// detect returns the best level of this CPU, with the reason.
func detect() (Level, string) {
	var found, missing []string
	for _, r := range requirements {
		if cpuid.CPU.Supports(r.id) {
			found = append(found, r.name)
		} else {
			missing = append(missing, r.name)
		}
	}
	if len(missing) > 0 {
		return Portable, "this CPU or its operating system lacks " + strings.Join(missing, ", ")
	}
	return AVX2, "found " + strings.Join(found, ", ")
}
