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

// parameters counts the trainable values of a network from its definition.
func parameters(net *spec.Net) int {
	norm := func(c int) int { return 2 * c } // gamma and beta
	total := 9 * net.Input.Channels * net.Filters[0]
	for i, units := range net.Units {
		in, out := net.Filters[i], net.Filters[i+1]
		for u := range units {
			if u > 0 {
				in = out
			}
			if !net.Bottleneck {
				total += norm(in) + 9*in*out + norm(out) + 9*out*out
				continue
			}
			quarter := out / 4
			total += norm(in) + in*quarter + norm(quarter) + 9*quarter*quarter + norm(quarter) + quarter*out
			if in != out || u == 0 && net.Strides[i] != 1 {
				total += in * out
			}
		}
	}
	last := net.Filters[len(net.Filters)-1]
	return total + norm(last) + last*net.Classes + net.Classes
}

func TestParameters(t *testing.T) {
	published := map[string]int{
		"resnet20":   269_722,
		"resnet32":   464_154,
		"resnet110":  1_727_962,
		"resnet164":  1_703_258,
		"resnet1001": 10_327_706,
		"wrn-28-10":  36_220_634,
	}
	for name, want := range published {
		if got := parameters(load(t, name)); got != want {
			t.Errorf("%s: got %d parameters, want %d", name, got, want)
		}
	}
}

func TestSpecs(t *testing.T) {
	for _, name := range zoo.Names() {
		net := load(t, name)
		if want := strings.ReplaceAll(name, "-", "_"); net.Name != want {
			t.Errorf("%s: got name %q, want %q", name, net.Name, want)
		}
		if len(net.Labels) != net.Classes {
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
