package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/resnetgen/resnetgen/gen"
	"github.com/resnetgen/resnetgen/internal/trainertest"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/spec"
)

// root is the module's folder.
var root = filepath.Join("..", "..")

// published are the zoo's names of the networks that are tested, by the names that they have here.
var published = map[string]string{
	"resnet20": "resnet20-fashion", "resnet32": "resnet32", "resnet164": "resnet164-cifar100",
}

// trainers build a network's trainer with the parts that the compiler gives it if not told
// otherwise. Each is built by the first test that needs it.
var trainers = map[string]func() (bin string, err error){}

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	folder, err := os.MkdirTemp("", "resnetgen-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	for name := range published {
		trainers[name] = sync.OnceValues(func() (string, error) {
			return trainertest.Trainer(filepath.Join(folder, name), root, published[name], name, gen.DefaultParts()...)
		})
	}
	return m.Run()
}

func zooSpec(name string) (*spec.Net, error) { return trainertest.Zoo(published[name], name) }

// trainer returns the program that trains a network.
func trainer(t *testing.T, name string) (bin string) {
	t.Helper()
	bin, err := trainers[name]()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// describe returns what a trainer knows of its network.
func describe(t *testing.T, name string) *network.Info {
	t.Helper()
	s, err := zooSpec(name)
	if err != nil {
		t.Fatal(err)
	}
	info, err := gen.Describe(s)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// succeed runs a program, which has to end with exit code 0, and returns what it prints.
func succeed(t *testing.T, bin string, arguments ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), bin, arguments...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", bin, arguments, err, out)
	}
	return string(out)
}
