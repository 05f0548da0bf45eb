package cli

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/resnetgen/resnetgen/internal/inputfile"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/checkpoint/store"
	"github.com/resnetgen/resnetgen/runtime/interchange"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/onnx"
	"github.com/resnetgen/resnetgen/runtime/tfcheckpoint"
)

// format is a file format that variables are exchanged in with other programs.
type format struct {
	name     string // the value of --format
	does     string // for the help
	bare     bool   // it holds variables alone: nothing that an optimizer keeps, and no step
	nameless bool   // it has no place for the names of classes
	// is says that a path looks like one of the format, without more than its beginning being read;
	// nil: it is not imported.
	is func(path string) bool
	// taken lists the files that are there and that writing to a path would replace.
	taken func(path string) ([]string, error)
	own   []string // the flags of export that are this format's alone
	torch bool     // PyTorch loads it into its networks, which take what they have and nothing else
	// write writes a file's tensors by their names, and returns the paths of the files. Each is
	// there whole or not at all.
	write func(*exportJob) (files []string, err error)
	// read reads all tensors by the names that they have; nil: it is not imported.
	read func(path string, of *network.Info) (*interchange.Source, error)
}

// exportJob is what a format is to write.
type exportJob struct {
	path  string
	info  *network.Info
	file  *checkpoint.File // the network's variables, and, unless the format is bare, slots and the step; the labels, where there are any
	flags *exportFlags
}

// formats are those that there are.
var formats = []format{
	{
		name: "safetensors", does: "one file, PATH", torch: true,
		is: isSafetensors, taken: onePath, write: writeSafetensors, read: readSafetensors,
	},
	{
		name: "tf", does: "TensorFlow's V2 checkpoint of prefix PATH: PATH.index, PATH.data-…, and the file checkpoint in their folder, which names the newest",
		nameless: true, is: tfcheckpoint.IsCheckpoint, taken: tfcheckpoint.Files, own: []string{"shards"}, write: writeTF, read: readTF,
	},
	{
		name: "onnx", does: "one file, PATH: an ONNX model, the whole network for ONNX Runtime and others", bare: true,
		is: onnx.IsModel, taken: onePath, own: []string{"preprocess", "softmax"}, write: writeONNX, read: readONNX,
	},
}

// formatNames lists the formats that want accepts.
func formatNames(want func(*format) bool) (names []string) {
	for i := range formats {
		if want(&formats[i]) {
			names = append(names, formats[i].name)
		}
	}
	return names
}

func exported(f *format) bool { return f.write != nil }
func imported(f *format) bool { return f.read != nil }

// findFormat returns the format of a name, of those that want accepts.
func findFormat(name string, want func(*format) bool) (*format, error) {
	for i := range formats {
		if f := &formats[i]; f.name == name && want(f) {
			return f, nil
		}
	}
	return nil, fmt.Errorf("--format: got %q, want %s", name, strings.Join(formatNames(want), ", "))
}

// formatOf returns the format that a path looks like.
func formatOf(path string) (*format, error) {
	for i := range formats {
		if f := &formats[i]; imported(f) && f.is(path) {
			return f, nil
		}
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	if err := inputfile.Check(path); err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	return nil, fmt.Errorf("import: got %s, want a file of one of these formats: %s (--format says which)", path, strings.Join(formatNames(imported), ", "))
}

// onePath is taken for formats of one file.
func onePath(path string) ([]string, error) {
	if _, err := os.Lstat(path); err == nil {
		return []string{path}, nil
	}
	return nil, nil
}

// isSafetensors says that a file has the format's extension, or begins with the length of a JSON
// header.
func isSafetensors(path string) bool {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	if strings.HasSuffix(path, ".safetensors") {
		return true
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close() //nolint:errcheck // nothing was written
	var begin [9]byte
	_, err = f.Read(begin[:])
	return err == nil && begin[8] == '{' && bytes.HasSuffix(begin[:8], []byte{0, 0, 0})
}

func writeSafetensors(j *exportJob) ([]string, error) {
	return []string{j.path}, store.Write(j.path, j.file)
}

func readSafetensors(path string, _ *network.Info) (*interchange.Source, error) {
	f, err := checkpoint.Read(path)
	return &interchange.Source{Path: path, File: f}, err
}

func writeTF(j *exportJob) ([]string, error) {
	return tfcheckpoint.Write(j.path, j.file.Tensors, j.flags.shards)
}

func readTF(path string, _ *network.Info) (*interchange.Source, error) {
	c, err := tfcheckpoint.Read(path)
	if err != nil {
		return nil, err
	}
	s := &interchange.Source{Path: c.Prefix, File: &checkpoint.File{Tensors: c.Tensors}}
	for _, o := range c.Unsupported {
		s.Unsupported = append(s.Unsupported, checkpoint.TensorInfo(o))
	}
	return s, nil
}
