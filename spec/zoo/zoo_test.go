package zoo_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/spec"
	"github.com/resnetgen/resnetgen/spec/zoo"
)

func TestSpecs(t *testing.T) {
	for _, name := range zoo.Names() {
		net := load(t, name)
		if want := strings.ReplaceAll(name, "-", "_"); net.Name != want {
			t.Errorf("%s: got name %q, want %q", name, net.Name, want)
		}
		if imageNet := net.Classes == 1000; len(net.Labels) != net.Classes && !imageNet {
			t.Errorf("%s: got %d labels for %d classes", name, len(net.Labels), net.Classes)
		}
	}
}

func TestNamesListsEveryFile(t *testing.T) {
	files, err := fs.Glob(os.DirFS("."), "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		got = append(got, strings.TrimSuffix(filepath.Base(f), ".yaml"))
	}
	want := zoo.Names()
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("files are %v, names are %v", got, want)
	}
}

func TestReadUnknown(t *testing.T) {
	for _, name := range []string{"", "resnet21", "../zoo", "resnet20.yaml"} {
		if _, err := zoo.Read(name); err == nil || !strings.Contains(err.Error(), "want one of resnet20, ") {
			t.Errorf("Read(%q): got error %v, want one that lists the zoo", name, err)
		}
	}
}

// TestReadRefused holds that networks of a kind that is not compiled are refused with the reason.
func TestReadRefused(t *testing.T) {
	if _, err := zoo.Read("resnext50_32x4d"); err == nil || !strings.HasSuffix(err.Error(), ": grouped convolutions are not compiled") {
		t.Errorf("got error %v, want the reason", err)
	}
}

func load(t *testing.T, name string) *spec.Net {
	t.Helper()
	data, err := zoo.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	net, err := spec.Parse(name+".yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	return net
}
