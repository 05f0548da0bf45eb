package names

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestProblem(t *testing.T) {
	for name, want := range map[string]string{
		"resnet20": "", "linux": "", "test": "", "net_linuxes": "", "linux_net": "", "com0": "", "com10": "",
		"go": "a keyword of Go", "any": "a predeclared identifier of Go", "clear": "a predeclared identifier of Go",
		"main": "a reserved name", "internal": "a reserved name", "nul": "a reserved name",
		"net_test": "whose end _test is a build constraint of Go files", "a_b_arm64": "whose end _arm64 is a build constraint of Go files",
	} {
		if got := Problem(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// TestSuffixes holds the list to the systems and architectures of the Go that runs the test.
func TestSuffixes(t *testing.T) {
	out, err := exec.Command("go", "tool", "dist", "list").Output()
	if err != nil {
		t.Fatal(err)
	}
	for word := range strings.FieldsFuncSeq(string(out), func(r rune) bool { return r == '/' || r == '\n' }) {
		if !slices.Contains(Suffixes(), word) {
			t.Errorf("got no suffix %s, want it: Go has the port", word)
		}
	}
}
