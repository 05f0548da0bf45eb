package generated_test

import (
	"debug/buildinfo"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestLicences holds that a trainer prints the licences of every module that it links.
func TestLicences(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "resnet20")
	if out, err := exec.Command("go", "build", "-o", bin, "./resnet20/cmd/resnet20").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	out, err := exec.Command(bin, "version", "--licences").Output()
	if err != nil {
		t.Fatal(err)
	}
	info, err := buildinfo.ReadFile(bin)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range append(info.Deps, &info.Main) {
		if !strings.Contains(string(out), "==== "+m.Path+": ") {
			t.Errorf("%s: got no licence", m.Path)
		}
	}
	for _, want := range []string{"==== Go's standard library: LICENSE", "==== github.com/vbauerster/mpb/v8: UNLICENSE", "uplot/LICENSE"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("got no %q", want)
		}
	}
	if strings.Contains(string(out), "not known to resnetgen") || strings.Contains(string(out), "dave/jennifer") {
		t.Error("got a module without a licence, or one that only the compiler links")
	}
}
