package cli

import (
	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/classify"
	"github.com/resnetgen/resnetgen/runtime/interchange"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/onnx"
)

// onnxFlags say what an ONNX model has besides the network.
type onnxFlags struct {
	preprocess, softmax bool
}

func (f *onnxFlags) add(c *cobra.Command) {
	c.Flags().BoolVar(&f.preprocess, "preprocess", false, "onnx: the model takes images as bytes (uint8) and standardizes them itself")
	c.Flags().BoolVar(&f.softmax, "softmax", false, "onnx: a second output, probabilities")
}

// writeONNX writes the network with its variables as an ONNX model. The classes' names are in it if
// there are any.
func writeONNX(j *exportJob) ([]string, error) {
	o := onnx.Options{Preprocess: j.flags.onnx.preprocess, Softmax: j.flags.onnx.softmax}
	labels, err := checkpoint.Labels(j.file, j.info.Classes)
	if err != nil {
		return nil, err
	}
	if len(labels) > 0 {
		o.Labels = classify.Names(labels, j.info.Classes)
	}
	return []string{j.path}, onnx.Write(j.path, j.info, j.file, o)
}

func readONNX(path string, of *network.Info) (*interchange.Source, error) {
	f, err := onnx.Read(path, of.Convention().Layout(4))
	return &interchange.Source{Path: path, File: f}, err
}
