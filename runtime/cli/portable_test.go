package cli

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/asm/cpu"
	"github.com/resnetgen/resnetgen/asm/f32"
)

// portableBegins begins the note that no assembly serves this CPU.
const portableBegins = "no assembly serves this CPU ("

// withoutNote returns what a command says besides that, on CPUs where it does.
func withoutNote(text string) string {
	if strings.HasPrefix(text, portableBegins) && cpu.Active() == cpu.Portable {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text
}

// TestPortableNote holds which commands say that no assembly serves the CPU, before anything else.
func TestPortableNote(t *testing.T) {
	folder, runDir := data(t, 8, 3), filepath.Join(t.TempDir(), "run")
	const begins = portableBegins
	lines := [][]string{
		{"train", "--data", folder, "--epochs", "1", "--out", runDir},
		{"eval", "--data", folder, "--checkpoint", runDir, "--json"},
		{"eval", "--data", folder, "--watch", runDir, "--once"},
		{"bench", "--steps", "1", "--batch", "1"},
	}
	restore := cpu.Set(cpu.Portable)
	for _, line := range lines {
		_, errOut := run(t, done, line...)
		first, _, _ := strings.Cut(errOut, "\n")
		if !strings.HasPrefix(first, begins) || !strings.Contains(first, " times slower than ") {
			t.Errorf("%s: got %q, want a first line that begins with %q", line[0], errOut, begins)
		}
	}
	if out, _ := run(t, done, append(lines[0], "--log", "json", "--resume")...); !strings.Contains(strings.SplitN(out, "\n", 2)[0], begins) {
		t.Errorf("got %q, want a first line that has %q", out, begins)
	}
	restore()
	if cpu.Active() == cpu.Portable {
		return
	}
	for _, line := range lines[1:] {
		if out, errOut := run(t, done, line...); strings.Contains(out+errOut, begins) {
			t.Errorf("%s on %s: got %q", line[0], cpu.Active(), errOut)
		}
	}
}

// TestPortableNoteSays holds with what a speed is compared.
func TestPortableNoteSays(t *testing.T) {
	for want, s := range map[string]f32.Speed{
		"): the portable kernels do 0.5 GFLOP/s a core, measured; that is about 200 times slower than this CPU's assembly, 100, measured too": {Portable: 0.5e9, Assembly: 100e9, Measured: true},
		"): the portable kernels do 0.05 GFLOP/s a core, measured; that is about 2,300 times slower than AVX2 on a Zen 5, 115":                {Portable: 0.05e9, Assembly: 115e9},
	} {
		if got := portableNote(s); !strings.HasSuffix(got, want) {
			t.Errorf("got %q, want %q at its end", got, want)
		}
	}
}
