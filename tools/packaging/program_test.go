//go:build campaign

package packaging

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/resnetgen/resnetgen/runtime/abi"
)

// program is somebody's that names what is on an image.
const program = `package main

import (
	"fmt"
	"image"
	_ "image/png"
	"log"
	"os"

	"example.com/scratch/net/infer"
)

func main() {
	model, err := infer.Load(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	file, err := os.Open(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	img, _, err := image.Decode(file)
	if err != nil {
		log.Fatal(err)
	}
	prediction, err := model.Predict(img)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s %.4f\n", prediction.Label, prediction.Probabilities[prediction.Class])
}
`

// programPredicts holds that a program with the inference package says of an image what the
// trainer says, and links little.
func (s *scratch) programPredicts(imageFile string, want guess) {
	s.Helper()
	s.write("classify/main.go", program)
	s.run("go", "build", "-o", "bin/", "./classify")
	checkpoints, err := filepath.Glob(filepath.Join(s.dir, "run", "checkpoints", "*.safetensors"))
	if err != nil || len(checkpoints) != 1 {
		s.Fatalf("got checkpoints %q (%v), want one", checkpoints, err)
	}
	got := s.run(filepath.Join(s.dir, "bin", "classify"), checkpoints[0], imageFile)
	if want := fmt.Sprintf("%s %.4f\n", want.Class, want.Probability); got != want {
		s.Errorf("a program's prediction: got %q, want the trainer's, %q", got, want)
	}
	modules, packages := s.links("./classify")
	s.Logf("a program that predicts links %d packages outside the standard library, of %v; its binary: %d bytes", packages, modules, s.size("bin/classify"))
	if diff := cmp.Diff([]string{
		"example.com/scratch", "github.com/klauspost/cpuid/v2", "github.com/nlpodyssey/safetensors", ours, "golang.org/x/image", "golang.org/x/sys",
	}, modules); diff != "" {
		s.Errorf("modules that a program which predicts links (-want +got):\n%s", diff)
	}
}

// refusesAnotherABI holds that a package generated for another runtime does not compile, that the
// compiler's message says what to do, that check finds it, and that the command that the message
// names mends it.
func (s *scratch) refusesAnotherABI() {
	s.Helper()
	own, other := fmt.Sprintf("V%dOrRunResnetgenGenerate", abi.Version), fmt.Sprintf("V%dOrRunResnetgenGenerate", abi.Version-1)
	if n := s.replaceAll("net", "abi."+own, "abi."+other); n != 2 {
		s.Fatalf("got %d files of net with the ABI's version, want that of the network and that of its inference package", n)
	}
	for _, pkg := range []string{"./net", "./net/infer", "./net/cmd/net", "./classify"} {
		if said, want := s.fails(1, "go", "build", "-o", os.DevNull, pkg), "undefined: abi."+other; !strings.Contains(said, want) {
			s.Errorf("go build %s with ABI %s: got %q, want %q in it", pkg, other, said, want)
		}
	}
	if said := s.fails(1, "go", "tool", "resnetgen", "check", "net.yaml"); !strings.Contains(said, "differs: net/network.go\n") || !strings.Contains(said, "run resnetgen generate") {
		s.Errorf("check of a package of another ABI: got %q, want the file's name and what to run", said)
	}
	s.run("go", "tool", "resnetgen", "generate", "net.yaml")
	s.run("go", "build", "./...")
}

// hasLicence has go generate put the licence on top of a network's files.
func (s *scratch) hasLicence(network string) {
	s.Helper()
	line := "resnetgen generate " + network + ".yaml"
	if n := s.replaceAll(".", line, strings.Replace(line, "generate", `generate --licence "`+licence+`"`, 1)); n != 1 {
		s.Fatalf("got %d Go files with %q, want gen.go", n, line)
	}
}

// fails runs a command in the module, which has to end with that exit code, and returns all that it
// says.
func (s *scratch) fails(code int, name string, args ...string) string {
	s.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = s.dir, s.env
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != code {
		s.Fatalf("%s: got %v, want exit code %d\n%s", strings.Join(cmd.Args, " "), err, code, said.Bytes())
	}
	return said.String()
}

// replaceAll changes the Go files of a folder, and returns how many of them had what is replaced.
func (s *scratch) replaceAll(folder, from, to string) (changed int) {
	s.Helper()
	root := filepath.Join(s.dir, folder)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(data, []byte(from)) {
			return err
		}
		changed++
		return os.WriteFile(path, bytes.ReplaceAll(data, []byte(from), []byte(to)), 0o644)
	})
	if err != nil {
		s.Fatal(err)
	}
	return changed
}

// write writes a file of the module.
func (s *scratch) write(name, text string) {
	s.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		s.Fatal(err)
	}
}

// read returns a file of the module.
func (s *scratch) read(name string) string {
	s.Helper()
	data, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.Fatal(err)
	}
	return string(data)
}

// size is that of a file of the module, in bytes.
func (s *scratch) size(name string) int64 {
	s.Helper()
	info, err := os.Stat(filepath.Join(s.dir, name))
	if err != nil {
		s.Fatal(err)
	}
	return info.Size()
}
