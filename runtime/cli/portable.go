package cli

import (
	"fmt"
	"math"

	"github.com/dustin/go-humanize"

	"github.com/resnetgen/resnetgen/asm/cpu"
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/internal/printable"
)

// PortableNote says that no assembly serves this CPU and how much slower that is; it measures for
// some 20 ms. It is empty where assembly does.
func PortableNote() string {
	if cpu.Active() > cpu.Portable {
		return ""
	}
	return portableNote(f32.MeasureSpeed())
}

// notePortable notes it, once for all ranks.
func (a *app) notePortable(note func(format string, args ...any)) {
	if text := PortableNote(); text != "" && a.ranks.Leads() {
		note("%s", text)
	}
}

// portableNote compares the portable kernels with assembly: this CPU's, or where there is none that
// of another.
func portableNote(s f32.Speed) string {
	times := humanize.Comma(int64(math.Round(s.Assembly / s.Portable)))
	than := fmt.Sprintf("this CPU's assembly, %.3g, measured too", s.Assembly/1e9)
	if !s.Measured {
		than = fmt.Sprintf("AVX2 on a Zen 5, %.3g", s.Assembly/1e9)
	}
	return printable.Sprintf("no assembly serves this CPU (%s): the portable kernels do %.2g GFLOP/s a core, measured; that is about %s times slower than %s",
		cpu.Why(), s.Portable/1e9, times, than)
}
