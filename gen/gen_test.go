package gen

import (
	"bytes"
	"flag"
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resnetgen/resnetgen/spec"
	"github.com/resnetgen/resnetgen/spec/zoo"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func load(t testing.TB, path string) *spec.Net {
	t.Helper()
	net, err := spec.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return net
}

func fromZoo(t testing.TB, name string) *spec.Net {
	t.Helper()
	data, err := zoo.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	net, err := spec.Parse(name, data)
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// TestGolden compares all files of small networks, and the graph after each pass, with those that
// someone has read and accepted.
func TestGolden(t *testing.T) {
	for name, parts := range map[string][]string{"basic": Parts(), "bottleneck": nil, "recompute": nil, "adamw": nil, "torchvision": nil, "post": nil, "bias": nil} {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join("testdata", name)
			net := load(t, filepath.Join(folder, "spec.yaml"))
			want := map[string]string{}
			files, err := Compile(net, Options{ImportPath: "example.com/" + net.Name, LicenceLine: "SPDX-License-Identifier: MIT", With: parts})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files {
				want[f.Path+".golden"] = string(f.Content)
			}
			for _, p := range Passes() {
				dump, err := Dump(net, p.Name)
				if err != nil {
					t.Fatal(err)
				}
				want["dump/"+p.Name+".golden"] = dump
			}
			if *update {
				rewrite(t, folder, want)
			}
			if diff := cmp.Diff(goldens(t, folder), want); diff != "" {
				t.Errorf("golden files (−) and output (+) differ; read the difference, then run with -update:\n%s", diff)
			}
		})
	}
}

func goldens(t *testing.T, folder string) map[string]string {
	t.Helper()
	got := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".golden") {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(folder, path)
		got[filepath.ToSlash(name)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func rewrite(t *testing.T, folder string, files map[string]string) {
	t.Helper()
	for name := range goldens(t, folder) {
		if err := os.Remove(filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range files {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestParameters holds the published counts.
func TestParameters(t *testing.T) {
	for name, want := range map[string]int64{
		"resnet20": 269722, "resnet32": 464154, "resnet110": 1727962, "resnet164": 1703258,
		"resnet1001": 10327706, "wrn-28-10": 36220634,
	} {
		info, err := Describe(fromZoo(t, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Parameters != want {
			t.Errorf("%s: got %d parameters, want %d", name, info.Parameters, want)
		}
	}
}

// TestFormatted holds that gofmt leaves all files unchanged: those that jennifer formats, and the
// tables, which it does not.
func TestFormatted(t *testing.T) {
	for _, name := range []string{"resnet20", "resnet164", "wrn-28-10"} {
		net := fromZoo(t, name)
		files, err := Compile(net, Options{ImportPath: "example.com/" + net.Name, With: DefaultParts()})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			formatted, err := format.Source(f.Content)
			if err != nil {
				t.Fatalf("%s: %s: %v", name, f.Path, err)
			}
			if diff := cmp.Diff(string(formatted), string(f.Content)); diff != "" {
				t.Errorf("%s: gofmt (−) and %s (+) differ:\n%s", name, f.Path, diff)
			}
		}
	}
}

// TestDeterministic compiles twice and wants the same bytes.
func TestDeterministic(t *testing.T) {
	net := fromZoo(t, "resnet164")
	first, err := Compile(net, Options{ImportPath: "example.com/resnet164"})
	if err != nil {
		t.Fatal(err)
	}
	second, err := Compile(net, Options{ImportPath: "example.com/resnet164"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("two compilations differ:\n%s", diff)
	}
}

func TestDumpUnknownPass(t *testing.T) {
	_, err := Dump(fromZoo(t, "resnet20"), "polish")
	const want = "pass: got \"polish\", want one of lower, fuse, gradients, recompute, select, batch, phases, halo, merge, schedule, plan, " +
		"infer/forward, infer/fuse, infer/fold, infer/select, infer/epilogue, infer/join, infer/place"
	if err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
}

func BenchmarkCompile(b *testing.B) {
	for _, name := range []string{"resnet20", "resnet164", "resnet1001"} {
		net := fromZoo(b, name)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Compile(net, Options{ImportPath: "example.com/" + net.Name}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDescribe(b *testing.B) {
	for _, units := range []int{100, 1000, 10000} {
		b.Run(fmt.Sprintf("units=%d", units), func(b *testing.B) {
			net, err := spec.Parse("chain.yaml", fmt.Appendf(nil, `name: chain
input: {height: 8, width: 8, channels: 3}
classes: 10
filters: [16, 64]
strides: [1]
units: %d
bottleneck: true
train: {batch: 4}
eval: {batch: 4}
`, units))
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := Describe(net); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestInferenceWaits holds that workers who share an image wait for a projection where they share
// the convolution beside it in another way: by Winograd's bands, not by rows.
func TestInferenceWaits(t *testing.T) {
	for algorithm, want := range map[string]bool{"direct": false, "winograd": true} {
		for _, shortcut := range []string{"projection", "projection-bn"} {
			for _, unit := range []string{"pre-activation", "post-activation"} {
				net, err := spec.Parse("net.yaml", fmt.Appendf(nil, `{name: net, input: {height: 12, width: 6, channels: 3}, classes: 5,
filters: [8, 16], strides: [2], units: [1], unit: %s, shortcut: %s, algorithm: %s}`, unit, shortcut, algorithm))
				if err != nil {
					t.Fatal(err)
				}
				files, err := Compile(net, Options{ImportPath: "example.com/net"})
				if err != nil {
					t.Fatal(err)
				}
				waits := false
				for _, f := range files {
					waits = waits || bytes.Contains(f.Content, []byte("ctx.Wait()\n\tc.ConvolveWith("))
				}
				if waits != want {
					t.Errorf("%s, %s, %s: got a wait before the convolution %v, want %v", unit, shortcut, algorithm, waits, want)
				}
			}
		}
	}
}
