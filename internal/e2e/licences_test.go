package e2e

import (
	"debug/buildinfo"
	"strings"
	"testing"
)

// TestLicences holds that a trainer prints the licences of every module that it links.
func TestLicences(t *testing.T) {
	bin := trainer(t, "resnet20")
	out := succeed(t, bin, "version", "--licences")
	info, err := buildinfo.ReadFile(bin)
	if err != nil {
		t.Fatal(err)
	}
	if len(info.Deps) < 10 {
		t.Errorf("got %d modules that the trainer links, want more: are they read?", len(info.Deps))
	}
	for _, m := range info.Deps { // resnetgen among them; the main module is the user's
		if !strings.Contains(out, "==== "+m.Path+": ") {
			t.Errorf("%s: got no licence", m.Path)
		}
	}
	for _, want := range []string{
		"==== Go's standard library: LICENSE", "==== github.com/resnetgen/resnetgen: ",
		"==== github.com/vbauerster/mpb/v8: UNLICENSE", "uplot/LICENSE",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("got no %q", want)
		}
	}
	if strings.Contains(out, "not known to resnetgen") || strings.Contains(out, "dave/jennifer") {
		t.Error("got a module without a licence, or one that only the compiler links")
	}
}
