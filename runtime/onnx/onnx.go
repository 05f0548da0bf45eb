// Package onnx writes networks as ONNX models, and reads the variables back from them.
//
// A model takes images [N, height, width, channels] for any N and gives logits [N, classes],
// computed as an evaluation does: with the norms' moving averages. Its initializers are the
// network's variables and nothing else, by their names; convolutions' weights lie as ONNX wants
// them, [out, in, height, width], all others as in checkpoints. Nodes have the names of the
// network's operations. The same network, variables and options give the same bytes.
//
// Source: the ONNX repository's onnx.proto, docs/IR.md and docs/Operators.md, of version 1.12.
package onnx

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"path/filepath"
	"slices"

	"github.com/resnetgen/resnetgen/internal/inputfile"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/internal/durable"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// What a model says that it needs: the lowest that has all of its operators in their present form,
// so that runtimes from 2022 on (ONNX 1.12, ONNX Runtime 1.12) take it.
const (
	Opset     = 17 // of the domain ai.onnx
	IRVersion = 8  // the one that came with opset 17
)

// The names of a model's inputs and outputs.
const (
	Images        = "images"        // [N, height, width, channels]
	Logits        = "logits"        // float32 [N, classes]
	Probabilities = "probabilities" // float32 [N, classes], with Options.Softmax
)

// The keys of a model's metadata.
const (
	KeyNetwork    = "network"            // the network's name
	KeySpec       = "spec_sha256"        // network.Info.SpecHash
	KeyImages     = "images"             // ImagesStandardized or ImagesBytes
	KeyPreprocess = "preprocess"         // network.Info.Preprocess, as JSON: how images of any size become the input; absent where the spec has none
	KeyMean       = "mean"               // network.Info.Mean, a JSON array; absent where each image is standardized by its own
	KeyStd        = "std"                // network.Info.Std, likewise
	KeyLabels     = checkpoint.LabelsKey // the classes' names, a JSON array; absent where they have none
	KeySum        = "variables_sha256"   // of the initializers: [Decode] holds them to it

	// Besides, checkpoint.ArchitectureKey and checkpoint.FunctionKey.
)

// What KeyImages says of a model's input.
const (
	ImagesStandardized = "standardized" // float32, as preprocess.Standardizer makes them
	ImagesBytes        = "bytes"        // uint8: the graph standardizes them
)

// maxBytes is the size of the largest model: a protobuf message's, in every implementation.
const maxBytes = math.MaxInt32

// Options say what a model has besides the network.
type Options struct {
	Preprocess bool     // the graph standardizes the images: its input is their bytes, uint8
	Softmax    bool     // an output more, Probabilities
	Labels     []string // the classes' names; none, or one each
}

// Write writes a model to a file: all of it or, after an error or a crash, nothing. It is as
// [Encode] otherwise.
func Write(path string, i *network.Info, variables *checkpoint.File, o Options) error {
	if err := durable.Replace(path, func(w io.Writer) error { return Encode(w, i, variables, o) }); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// Encode writes a network with its variables, which are found by their names; other tensors are
// left alone. It writes nothing if a variable is missing or has another shape, if they are of a
// network that computes something else of them, or if the model would have 2 GiB or more.
func Encode(w io.Writer, i *network.Info, variables *checkpoint.File, o Options) error {
	if len(o.Labels) != 0 && len(o.Labels) != i.Classes {
		return fmt.Errorf("labels: got %d, want %d or none", len(o.Labels), i.Classes)
	}
	initializers, err := collect(i, variables)
	if err != nil {
		return err
	}
	if err := checkpoint.FunctionOf(i).Check(variables); err != nil {
		return err
	}
	nodes, read := encodeNodes(i, &o)
	if err := compareNames(i, read); err != nil {
		return err
	}
	m := model{head: encodeHead(i), nodes: nodes, initializers: initializers, values: encodeValues(i, &o)}
	metadata, err := metadataOf(i, &o)
	if err != nil {
		return err
	}
	return m.write(w, metadata)
}

// compareNames refuses a description whose operations do not read its variables, all of them, and
// no others.
func compareNames(i *network.Info, read map[string]bool) error {
	for _, v := range i.Variables {
		if !read[v.Name] {
			return fmt.Errorf("network %s: got no place for the variable %q in %d operations, want one: generate the network again", i.Name, v.Name, len(i.Ops))
		}
		delete(read, v.Name)
	}
	if len(read) > 0 {
		return fmt.Errorf("network %s: got no variable %q, which its operations read: generate the network again",
			i.Name, slices.Min(slices.Collect(maps.Keys(read))))
	}
	return nil
}

// collect returns the network's variables with their tensors, in its order.
func collect(i *network.Info, f *checkpoint.File) ([]variable, error) {
	m := checkpoint.NewMatcher(f)
	variables := make([]variable, 0, len(i.Variables))
	for k := range i.Variables {
		v := &i.Variables[k]
		t := m.Match(checkpoint.Expected{Name: v.Name, Kind: checkpoint.Variable, Shape: v.FileShape()}, v.Name)
		variables = append(variables, variable{v, t})
	}
	return variables, m.Mismatches(nil).Err()
}

// metadataOf returns the model's metadata but for the sum.
func metadataOf(i *network.Info, o *Options) (map[string]string, error) {
	metadata := map[string]string{KeyNetwork: i.Name, KeySpec: i.SpecHash, KeyImages: ImagesStandardized}
	if o.Preprocess {
		metadata[KeyImages] = ImagesBytes
	}
	writeJSON := func(key string, value any) error {
		text, err := json.Marshal(value)
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		metadata[key] = string(text)
		return nil
	}
	err := checkpoint.FunctionOf(i).WriteMetadata(metadata)
	if i.Preprocess != (network.Preprocess{}) {
		err = errors.Join(err, writeJSON(KeyPreprocess, i.Preprocess))
	}
	if i.Mean != nil {
		err = errors.Join(err, writeJSON(KeyMean, i.Mean), writeJSON(KeyStd, i.Std))
	}
	return metadata, errors.Join(err, checkpoint.WriteLabels(metadata, o.Labels))
}

// IsModel says that a file has the format's extension, or begins as the models of [Write] do.
func IsModel(path string) bool {
	in, err := inputfile.Open(path, math.MaxInt64)
	if err != nil {
		return false // it is no file, or whoever reads it says why not
	}
	defer in.Close() //nolint:errcheck // nothing was written
	if filepath.Ext(path) == ".onnx" {
		return true
	}
	want := encodeMark()
	got := make([]byte, len(want))
	_, err = io.ReadFull(in, got)
	return err == nil && bytes.Equal(got, want)
}

// Read reads the variables of the model in a file, as [Decode] does.
func Read(path string, kernels network.Layout) (*checkpoint.File, error) {
	in, err := inputfile.Open(path, maxBytes)
	if err != nil {
		return nil, fmt.Errorf("read ONNX model: %w", err)
	}
	defer in.Close() //nolint:errcheck // nothing was written
	f, err := decode(in, in.Size, kernels)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return f, nil
}
