package f32

import (
	"testing"

	"github.com/resnetgen/resnetgen/asm/cpu"
)

// TestMeasureSpeed holds what is measured, and that the level of other kernels stays as it is.
func TestMeasureSpeed(t *testing.T) {
	for _, level := range cpu.Levels() {
		restore := cpu.Set(level)
		s := MeasureSpeed()
		if cpu.Active() != level {
			t.Errorf("got level %s, want %s as before", cpu.Active(), level)
		}
		restore()
		if !(s.Portable > 1e6) || s.Measured != (cpu.Best() > cpu.Portable) || s.Measured == (s.Assembly == referenceFLOPS) {
			t.Errorf("got %+v", s)
		}
		if s.Measured && s.Assembly < 10*s.Portable {
			t.Errorf("got %+v, want assembly that is far faster", s)
		}
	}
}
