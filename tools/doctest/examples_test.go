//go:build campaign && unix

package doctest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/checkpoint/store"
)

// TestExamples runs the examples in the help texts of resnetgen and of two trainers. Published data
// come from a mirror on this machine, which has a few random images of each set.
func TestExamples(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	bin := mirrored(t, root)
	t.Run("resnetgen", func(t *testing.T) {
		p := &program{T: t, name: "resnetgen", bin: bin, env: emptyModule(t, root).Env}
		p.env = append(p.env, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
		p.prepare = `
			go mod init example.com/nets
			resnetgen init net; resnetgen init a; resnetgen init b
			resnetgen generate net.yaml
			resnetgen generate net.yaml -o model`
		p.run()
	})
	for _, name := range []string{"resnet20", "resnet32"} {
		t.Run(name, func(t *testing.T) {
			p := &program{T: t, name: name, bin: bin, env: append(environment(bin), "XDG_CACHE_HOME="+t.TempDir())}
			p.files = files(t, name)
			p.prepare = "mkdir logs; " + name + ` export --checkpoint runs/first --format tf --out logs/model.ckpt-5 --with-momentum
				for f in logs/model.ckpt-5.*; do cp $f model.ckpt-64000.${f#logs/model.ckpt-5.}; done`
			p.run()
		})
	}
}

// program is one whose examples are run.
type program struct {
	*testing.T
	name, bin string
	env       []string
	files     string // a folder with what its users have
	prepare   string // a script that makes the folder in which the commands run of the one in which the program itself did
}

// run runs the program's own examples in a folder of their own, then those of each command in a
// copy of it.
func (p *program) run() {
	first := p.TempDir()
	if p.files != "" {
		p.script(first, "cp -r "+p.files+"/. .")
	}
	p.script(first, p.help().Examples)
	stage := first
	if p.name == "resnetgen" {
		stage = p.TempDir() // its own examples have made a module
	}
	p.script(stage, p.prepare)
	p.commands(stage, p.help().Commands)
}

// commands runs the examples of commands, each in a copy of a folder.
func (p *program) commands(stage string, names []string, before ...string) {
	for _, name := range names {
		words := append(append([]string{}, before...), name)
		h := p.help(words...)
		if len(h.Commands) > 0 {
			p.commands(stage, h.Commands, words...)
			continue
		}
		if h.Examples == "" {
			p.Errorf("%s %s: got no example in its help, want one", p.name, strings.Join(words, " "))
			continue
		}
		dir := p.TempDir()
		p.script(dir, "cp -r "+stage+"/. .")
		began := time.Now()
		p.script(dir, h.Examples)
		p.Logf("%s %s: %v", p.name, strings.Join(words, " "), time.Since(began).Round(time.Millisecond))
	}
}

// help returns the help of a command.
func (p *program) help(words ...string) Help {
	p.Helper()
	out, err := exec.Command(filepath.Join(p.bin, p.name), append(words, "--help")...).Output()
	if err != nil {
		p.Fatalf("%s %v --help: %v", p.name, words, err)
	}
	return ParseHelp(string(out))
}

// stopServer ends what a script has left in the background; it has to exit 0.
const stopServer = "\nserver=${!:-}; if [ -n \"$server\" ]; then kill \"$server\"; wait \"$server\"; fi\n"

// script runs a script in a folder.
func (p *program) script(dir, text string) {
	p.Helper()
	place := &Place{Dir: dir, Env: p.env}
	defer place.Wait()
	if err := place.Run(p.Context(), &Step{Text: text + stopServer, Limit: 20 * time.Minute}); err != nil {
		p.Fatal(err)
	}
}

// mirrored is a folder with resnetgen and two trainers, that get published data from this machine.
func mirrored(t *testing.T, root string) (bin string) {
	t.Helper()
	archives := archives(t)
	mirror := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, ok := archives[path.Base(r.URL.Path)]
		if !ok {
			http.NotFound(w, r)
			return
		}
		http.ServeContent(w, r, r.URL.Path, time.Time{}, bytes.NewReader(content))
	}))
	t.Cleanup(mirror.Close)
	source := filepath.Join(root, "runtime/dataset/published.go")
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	download := regexp.MustCompile(`"https?://[^"]*/([^"/]+)", "[0-9a-f]{64}"`)
	replaced := 0
	text = download.ReplaceAllFunc(text, func(m []byte) []byte {
		name := string(download.FindSubmatch(m)[1])
		replaced++
		sum := sha256.Sum256(archives[name])
		return fmt.Appendf(nil, "%q, %q", mirror.URL+"/"+name, hex.EncodeToString(sum[:]))
	})
	if replaced != len(archives) {
		t.Fatalf("%s: got %d downloads, want %d", source, replaced, len(archives))
	}
	text = bytes.ReplaceAll(text, []byte(`"/usr/share/datasets/`), []byte(`"/nowhere/`)) // Debian's package has it too
	dir := t.TempDir()
	bin = filepath.Join(dir, "bin")
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {source: filepath.Join(dir, "published.go")}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "published.go"), text)
	write(t, filepath.Join(dir, "overlay.json"), overlay)
	p := &Place{Dir: root, Env: environment(bin)}
	build := "go build -overlay " + dir + "/overlay.json -o " + bin + "/ ./cmd/resnetgen ./generated/resnet20/cmd/resnet20 ./generated/resnet32/cmd/resnet32"
	if err := p.Run(t.Context(), &Step{Text: build, Limit: 10 * time.Minute}); err != nil {
		t.Fatal(err)
	}
	return bin
}

// The images of each published set on the mirror.
const trainImages, testImages, mirroredClasses = 60, 20, 10

// archives are the files of the mirror.
func archives(t *testing.T) map[string][]byte {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	noise := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.IntN(256))
		}
		return b
	}
	all := map[string][]byte{}
	for prefix, n := range map[string]uint32{"train": trainImages, "t10k": testImages} {
		images, labels := []byte{0, 0, 8, 3}, []byte{0, 0, 8, 1}
		for _, d := range []uint32{n, 28, 28} {
			images = binary.BigEndian.AppendUint32(images, d)
		}
		labels = binary.BigEndian.AppendUint32(labels, n)
		for i := range n {
			labels = append(labels, byte(i%mirroredClasses))
		}
		all[prefix+"-images-idx3-ubyte.gz"] = zipped(t, append(images, noise(int(n)*28*28)...))
		all[prefix+"-labels-idx1-ubyte.gz"] = zipped(t, labels)
	}
	records := func(n, labels int) (data []byte) {
		for i := range n {
			for range labels {
				data = append(data, byte(i%mirroredClasses))
			}
			data = append(data, noise(32*32*3)...)
		}
		return data
	}
	ten := map[string][]byte{"cifar-10-batches-bin/test_batch.bin": records(testImages, 1)}
	for k := range 5 {
		ten[fmt.Sprintf("cifar-10-batches-bin/data_batch_%d.bin", k+1)] = records(trainImages/5, 1)
	}
	all["cifar-10-binary.tar.gz"] = zipped(t, tarred(t, ten))
	all["cifar-100-binary.tar.gz"] = zipped(t, tarred(t, map[string][]byte{
		"cifar-100-binary/train.bin": records(trainImages, 2), "cifar-100-binary/test.bin": records(testImages, 2),
	}))
	return all
}

func tarred(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for name, data := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// files is a folder with what the examples of a trainer take for granted: a photo, photos of each
// class, and a batch for step.
func files(t *testing.T, name string) string {
	t.Helper()
	dir, r := t.TempDir(), rand.New(rand.NewPCG(3, 4))
	photo := func(name string) {
		p := image.NewGray(image.Rect(0, 0, 40, 30))
		for i := range p.Pix {
			p.Pix[i] = byte(r.IntN(256))
		}
		p.Set(0, 0, color.White)
		var out bytes.Buffer
		if err := jpeg.Encode(&out, p, nil); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), out.Bytes())
	}
	photo("photo.jpg")
	for class := range mirroredClasses {
		for k := range 10 {
			photo(fmt.Sprintf("photos/class%d/%d.jpg", class, k))
		}
	}
	shape := map[string][]int{"resnet20": {4, 28, 28, 1}, "resnet32": {4, 32, 32, 3}}[name]
	batch := &checkpoint.File{Tensors: []checkpoint.Tensor{
		{Name: "images", Shape: shape, Float32: make([]float32, shape[0]*shape[1]*shape[2]*shape[3])},
		{Name: "labels", Shape: shape[:1], Int64: make([]int64, shape[0])},
	}}
	if err := store.Write(filepath.Join(dir, "batch.safetensors"), batch); err != nil {
		t.Fatal(err)
	}
	return dir
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
