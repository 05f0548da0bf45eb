//go:build campaign

package packaging

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/resnetgen/resnetgen/gen"
)

const (
	ours    = "github.com/resnetgen/resnetgen"
	tool    = ours + "/cmd/resnetgen"
	licence = "SPDX-License-Identifier: MIT"
)

// scratch is somebody's module that gets ours from a proxy.
type scratch struct {
	*testing.T
	dir string
	env []string
}

// newScratch makes an empty module with a module cache of its own.
func newScratch(t *testing.T, version string) *scratch {
	t.Helper()
	proxy := t.TempDir()
	publish(t, proxy, "../..", version)
	return newModule(t, proxy)
}

// publish puts a checkout into the proxy of files.
func publish(t *testing.T, proxy, checkout, version string) {
	t.Helper()
	root, err := filepath.Abs(checkout)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Publish(root, proxy, module.Version{Path: ours, Version: version}); err != nil {
		t.Fatal(err)
	}
}

// newModule makes an empty module that gets ours from the proxy of files.
func newModule(t *testing.T, proxy string) *scratch {
	t.Helper()
	env, err := Environment(ours, "file://"+filepath.ToSlash(proxy), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &scratch{T: t, dir: t.TempDir(), env: env}
	s.run("go", "mod", "init", "example.com/scratch")
	return s
}

// run runs a command in the module, which has to succeed, and returns its standard output.
func (s *scratch) run(name string, args ...string) string {
	s.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = s.dir, s.env
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		s.Fatalf("%s: %v\n%s%s", strings.Join(cmd.Args, " "), err, out.Bytes(), errOut.Bytes())
	}
	return out.String()
}

// TestPackaging is somebody's first hour: the tool, two networks, a build, a training, a
// prediction, a program of their own, and what they see where the runtime has moved on.
func TestPackaging(t *testing.T) {
	s := newScratch(t, "v"+gen.Version)
	s.run("go", "get", "-tool", tool+"@v"+gen.Version)
	if got, want := s.run("go", "tool", "resnetgen", "version"), "resnetgen "+gen.Version+", commit of module version v"+gen.Version+", ABI "; !strings.HasPrefix(got, want) {
		t.Errorf("version: got %q, want %q…", got, want)
	}
	s.run("go", "tool", "resnetgen", "init", "--from", "zoo/resnet20-fashion", "net")
	s.run("go", "tool", "resnetgen", "init", "--from", "zoo/resnet164", "deep")
	s.hasLicence("deep")
	s.run("go", "generate", "./...")
	s.run("go", "mod", "tidy")
	s.run("go", "tool", "resnetgen", "check", "net.yaml")
	s.run("go", "tool", "resnetgen", "check", "--licence", licence, "deep.yaml")
	if text := s.read("deep/network.go"); !strings.HasPrefix(text, "// "+licence+"\n") || strings.Contains(s.read("net/network.go"), licence) {
		t.Errorf("got %.60q…, want the licence on top of the files of that network alone", text)
	}
	if files := s.run("gofmt", "-l", "."); files != "" {
		t.Errorf("gofmt would change %s", files)
	}
	s.run("go", "build", "./...")
	s.run("go", "vet", "./...")

	answer := s.trains("thing.png")
	s.programPredicts("thing.png", answer)
	s.linksLittle()
	s.refusesAnotherABI()
	s.replacesNothing()
}

// guess is a class of an image.
type guess struct {
	Class       string
	Probability float64
}

// trains a few steps, writes an image and returns what the trainer takes it for.
func (s *scratch) trains(imageFile string) guess {
	s.Helper()
	s.run("go", "build", "-o", "bin/", "./net/cmd/net")
	trainer := filepath.Join(s.dir, "bin", "net")
	s.run(trainer, "train", "--data", "fashion-mini", "--epochs", "1", "--steps", "5", "--seed", "1", "--out", "run")
	s.writeImage(imageFile)
	var answer []struct{ Guesses []guess }
	text := s.run(trainer, "predict", "--checkpoint", "run", "--json", imageFile)
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		s.Fatalf("predict: %v\n%s", err, text)
	}
	if len(answer) != 1 || len(answer[0].Guesses) == 0 || answer[0].Guesses[0].Class == "" || answer[0].Guesses[0].Probability <= 0.1 {
		s.Fatalf("predict: got %s, want one image with a class more probable than a tenth", text)
	}
	return answer[0].Guesses[0]
}

// writeImage writes a light square on black.
func (s *scratch) writeImage(name string) {
	s.Helper()
	img := image.NewGray(image.Rect(0, 0, 28, 28))
	for y := 8; y < 20; y++ {
		for x := 8; x < 20; x++ {
			img.SetGray(x, y, color.Gray{Y: 220})
		}
	}
	var data bytes.Buffer
	if err := png.Encode(&data, img); err != nil {
		s.Fatal(err)
	}
	s.write(name, data.String())
}

// trainersModules is how many modules a trainer with all parts links, its own and this one
// included. Who adds a library raises it.
const trainersModules = 35

// linksLittle counts the modules and packages that come with a network, and with its trainer.
func (s *scratch) linksLittle() {
	s.Helper()
	modules, packages := s.links("./net")
	s.Logf("a network links %d packages outside the standard library, of %v", packages, modules)
	if diff := cmp.Diff([]string{"example.com/scratch", "github.com/klauspost/cpuid/v2", ours, "golang.org/x/sys"}, modules); diff != "" {
		s.Errorf("modules that a network links (-want +got):\n%s", diff)
	}
	modules, packages = s.links("./net/cmd/net")
	s.Logf("its trainer links %d packages outside the standard library, of %d modules: %v", packages, len(modules), modules)
	s.Logf("the trainer's binary: %d bytes", s.size("bin/net"))
	if len(modules) > trainersModules {
		s.Errorf("the trainer links %d modules, want at most %d: %v", len(modules), trainersModules, modules)
	}
	for _, compilers := range []string{"github.com/dave/jennifer", "gopkg.in/yaml.v3"} {
		if slices.Contains(modules, compilers) {
			s.Errorf("the trainer links %s, want it in the compiler alone", compilers)
		}
	}
}

// links returns the modules that a package's dependencies are of, and how many packages these are.
func (s *scratch) links(pkg string) (modules []string, packages int) {
	s.Helper()
	for line := range strings.Lines(s.run("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", pkg)) {
		if line = strings.TrimSpace(line); line != "" {
			modules = append(modules, line)
		}
	}
	packages = len(modules)
	slices.Sort(modules)
	return slices.Compact(modules), packages
}

// replacesNothing holds that the module is as a stranger's: with the version that the proxy has.
func (s *scratch) replacesNothing() {
	s.Helper()
	data := s.read("go.mod")
	mod, err := modfile.Parse("go.mod", []byte(data), nil)
	if err != nil {
		s.Fatal(err)
	}
	i := slices.IndexFunc(mod.Require, func(r *modfile.Require) bool { return r.Mod.Path == ours })
	if len(mod.Replace) > 0 || i < 0 || mod.Require[i].Mod.Version != "v"+gen.Version {
		s.Errorf("go.mod: got\n%s\nwant version %s of %s, and no replace directive", data, gen.Version, ours)
	}
}
