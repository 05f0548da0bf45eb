package cpu

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		name, value string
		best        Level
		level       Level
		why, err    string
	}{
		{"unset, best AVX2", "", AVX2, AVX2, "reason", ""},
		{"unset, best portable", "", Portable, Portable, "reason", ""},
		{"lowered", "portable", AVX2, Portable, "RESNETGEN_CPU=portable", ""},
		{"best AVX-512", "", AVX512, AVX512, "reason", ""},
		{"lowered to AVX2", "avx2", AVX512, AVX2, "RESNETGEN_CPU=avx2", ""},
		{"asked for", "avx2", AVX2, AVX2, "RESNETGEN_CPU=avx2", ""},
		{"unknown", "AVX2", AVX2, AVX2, "reason", `RESNETGEN_CPU: got "AVX2", want portable, avx2, avx512`},
		{"lacking", "avx2", Portable, Portable, "reason", `RESNETGEN_CPU: got "avx2", want at most portable: reason`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := choose(c.value, c.best, "reason")
			if got.level != c.level || got.why != c.why {
				t.Errorf("got %s (%s), want %s (%s)", got.level, got.why, c.level, c.why)
			}
			message := ""
			if got.err != nil {
				message = got.err.Error()
			}
			if message != c.err {
				t.Errorf("error: got %q, want %q", message, c.err)
			}
		})
	}
}

// TestLevels holds which levels tests run at, and says it of this machine: `make unit` prints its
// line.
func TestLevels(t *testing.T) {
	for _, c := range []struct {
		value string
		best  Level
		want  []Level
	}{
		{"", AVX512, []Level{Portable, AVX2, AVX512}},
		{"", AVX2, []Level{Portable, AVX2}},
		{"", Portable, []Level{Portable}},
		{"portable", AVX512, []Level{Portable}},
		{"avx2", AVX512, []Level{Portable, AVX2}},
		{"avx512", AVX2, []Level{Portable, AVX2, AVX512}},
		{"AVX512", AVX2, []Level{Portable, AVX2}}, // of which Err tells
	} {
		if got := levels(c.value, c.best); !slices.Equal(got, c.want) {
			t.Errorf("%q, best %s: got %v, want %v", c.value, c.best, got, c.want)
		}
	}
	t.Logf("kernels tested at: %v (%s)", Levels(), Why())
}

// TestVariable runs this test binary again with the variable set, so that the decision at the
// program's start is what is tested.
func TestVariable(t *testing.T) {
	if os.Getenv("CPU_TEST_CHILD") != "" {
		line := "no error"
		if Err() != nil {
			line = Err().Error()
		}
		os.Stdout.WriteString("active=" + Active().String() + "\nerr=" + line + "\n")
		return
	}
	for _, c := range []struct{ value, active, err string }{
		{"portable", "portable", "no error"},
		{"", best.String(), "no error"},
		{"sse", best.String(), `RESNETGEN_CPU: got "sse", want portable, avx2, avx512`},
	} {
		child := exec.Command(os.Args[0], "-test.run=^TestVariable$")
		child.Env = append(os.Environ(), "CPU_TEST_CHILD=1", Variable+"="+c.value)
		out, err := child.CombinedOutput()
		if err != nil {
			t.Fatalf("%s=%s: %v\n%s", Variable, c.value, err, out)
		}
		want := "active=" + c.active + "\nerr=" + c.err + "\n"
		if !strings.Contains(string(out), want) {
			t.Errorf("%s=%s: got %q, want %q in it", Variable, c.value, out, want)
		}
	}
}

func TestSet(t *testing.T) {
	before := Active()
	for _, l := range Levels() {
		restore := Set(l)
		if Active() != l {
			t.Errorf("after Set(%s): got %s", l, Active())
		}
		restore()
		if Active() != before {
			t.Errorf("after restore: got %s, want %s", Active(), before)
		}
	}
	for _, l := range []Level{-1, best + 1} {
		func() {
			defer func() {
				if message, ok := recover().(string); !ok || !strings.Contains(message, "got "+l.String()) {
					t.Errorf("Set(%s): got panic %q, want one that says what it got", l, message)
				}
			}()
			Set(l)
		}()
	}
}

func TestReport(t *testing.T) {
	if s := String(); !strings.Contains(s, Active().String()) || !strings.Contains(s, Why()) {
		t.Errorf("String: got %q, want level %q and reason %q in it", s, Active(), Why())
	}
	if f := Features(); !slices.IsSorted(f) {
		t.Errorf("Features: got %q, want them sorted", f)
	}
	if best >= AVX2 {
		for _, name := range []string{"AVX2", "FMA3"} {
			if !slices.Contains(Features(), name) {
				t.Errorf("Features: want %s at level %s", name, best)
			}
		}
	}
}
