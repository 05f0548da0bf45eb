//go:build tools

package parity

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/nlpodyssey/safetensors"

	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/internal/trainertest"
	"github.com/resnetgen/resnetgen/runtime/abi"
	described "github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/nn"
)

// A step's gradients depend on the signs of all ReLU inputs and on the max pool's choices. In a
// deep network some inputs are so near to 0 that rounding decides. So the reference in float64
// replays the decisions of the trainer's own step. They come from that step's code: a second
// program of the generated package stops before the backward pass and writes the arena, which then
// holds all that the backward pass would read.

//go:embed testdata/forward/network.go.txt
var forwardNetwork string

//go:embed testdata/forward/main.go.txt
var forwardMain string

// forwardSuffix ends the names of the programs that stop before the backward pass.
const forwardSuffix = "_forward"

// addForward adds such a program for a network of the module.
func addForward(m *trainertest.Module, name string) error {
	fill := strings.NewReplacer("NAME", name, "MODULE", trainertest.Path)
	return errors.Join(m.Add(name+"/forward.go", []byte(fill.Replace(forwardNetwork))),
		m.Add(name+"/cmd/"+name+forwardSuffix+"/main.go", []byte(fill.Replace(forwardMain))))
}

// An arena is the memory of a network of the given description, between the passes of a training
// step on so many images.
type arena struct {
	info   *described.Info
	file   *os.File
	images int

	tensors map[int]int64 // their offsets, by operation
}

// floats reads values of the arena.
func (a *arena) floats(offset int64, n int) ([]float32, error) {
	raw := make([]byte, 4*n)
	if _, err := a.file.ReadAt(raw, offset); err != nil {
		return nil, err
	}
	values := make([]float32, n)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return values, nil
}

// tensor reads what the arena holds of an operation's output. Of the forward pass's tensors it
// holds the outputs of convolutions, of the max pool, with its choices behind them, and of the
// activations that end units: in the order of the operations.
func (a *arena) tensor(op int) ([]float32, error) {
	if a.tensors == nil {
		if err := a.place(); err != nil {
			return nil, err
		}
	}
	out := a.info.Ops[op].Out
	return a.floats(a.tensors[op], a.images*out[0]*out[1]*out[2])
}

// place fills in tensors: of a max pool they are its choices.
func (a *arena) place() error {
	buffers := slices.Clone(a.info.Buffers)
	buffers = slices.DeleteFunc(buffers, func(b described.Buffer) bool { return b.Shape == nil })
	a.tensors = map[int]int64{}
	for i := range a.info.Ops {
		op := &a.info.Ops[i]
		switch {
		case op.Kind == described.MaxPool:
			buffers = buffers[1:]
		case op.Kind == described.Conv, op.Kind == described.Activate && !a.normalized(op):
		default:
			continue
		}
		if len(buffers) == 0 || !slices.Equal(buffers[0].Shape[1:], op.Out[:]) {
			return fmt.Errorf("%s: got no tensor of %v in its place in the arena, want one", op.Name, op.Out)
		}
		a.tensors[i], buffers = buffers[0].Offset, buffers[1:]
	}
	return nil
}

// normalized reports whether an operation reads a normalization.
func (a *arena) normalized(op *described.Op) bool {
	return a.info.Ops[op.In[0]].Kind == described.Normalize
}

// decisions returns, as torchvision_step.py takes them, for each ReLU in order which inputs are
// positive, and which pixel of each window the max pool takes.
func (a *arena) decisions() (map[string]safetensors.TensorView, error) {
	views, relus := map[string]safetensors.TensorView{}, 0
	for i := range a.info.Ops {
		op := &a.info.Ops[i]
		var name string
		var values []float32
		var err error
		switch op.Kind {
		case described.Activate:
			name, relus = fmt.Sprintf("relu/%d", relus), relus+1
			values, err = a.relu(i)
		case described.MaxPool:
			name = "maxpool"
			values, err = a.tensor(i)
		default:
			continue
		}
		if err != nil {
			return nil, err
		}
		if views[name], err = a.bytes(op, values); err != nil {
			return nil, err
		}
	}
	return views, nil
}

// relu returns 1 for each positive input of a ReLU, and 0 for the others. The outputs that end
// units are kept; others are formed again from the convolution's output, by the kernel that the
// backward pass takes.
func (a *arena) relu(op int) ([]float32, error) {
	o := &a.info.Ops[op]
	if !a.normalized(o) {
		x, err := a.tensor(op)
		return positive(x), err
	}
	y, err := a.tensor(a.info.Ops[o.In[0]].In[0])
	if err != nil {
		return nil, err
	}
	norm, err := a.norm(o.In[0])
	if err != nil {
		return nil, err
	}
	norm.Activate(y, len(y), y, 1)
	return positive(y), nil
}

// positive replaces values by 1 where they are above 0, else by 0.
func positive(x []float32) []float32 {
	for i, v := range x {
		x[i] = 0
		if v > 0 {
			x[i] = 1
		}
	}
	return x
}

// norm returns the coefficients of a normalization, which is an operation. The arena holds them in
// the order of the operations.
func (a *arena) norm(op int) (*f32.Norm, error) {
	b := slices.IndexFunc(a.info.Buffers, func(b described.Buffer) bool { return b.Name == "coefficients of norms" })
	if b < 0 {
		return nil, errors.New("got no coefficients of norms in the arena, want some")
	}
	offset := a.info.Buffers[b].Offset
	for i := range op {
		if o := &a.info.Ops[i]; o.Kind == described.Normalize {
			offset += abi.NormCoefficients * abi.Float32Bytes * int64(o.Out[2])
		}
	}
	channels := a.info.Ops[op].Out[2]
	all, err := a.floats(offset, abi.NormCoefficients*channels)
	if err != nil {
		return nil, err
	}
	k := nn.NewCoefficients(all, channels)
	return &f32.Norm{Mean: k.Mean, Scale: k.Scale, Shift: k.Shift, Leak: 1, Edge: f32.LeakAtZero}, nil
}

// bytes returns values from 0 to 255 of an operation's output.
func (a *arena) bytes(op *described.Op, values []float32) (safetensors.TensorView, error) {
	data := make([]byte, len(values))
	for i, v := range values {
		data[i] = byte(v)
	}
	return safetensors.NewTensorView(safetensors.U8,
		[]uint64{uint64(a.images), uint64(op.Out[0]), uint64(op.Out[1]), uint64(op.Out[2])}, data)
}
