package cli

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/checkpoint/store"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// stepFlags are what step takes.
type stepFlags struct {
	weights, batch, out, mode string
	rate                      float64
}

func (a *app) stepCommand() *cobra.Command {
	f := &stepFlags{}
	c := &cobra.Command{
		Use: "step", Short: "run one step on given tensors, for comparison with other frameworks", Args: cobra.NoArgs,
		Long: `step reads variables and a batch, runs one step, and writes what it computes. All files are
safetensors.

--weights holds each variable by the name and in the layout that info --json says, and may hold
optimizer slots such as <variable>/Momentum, and global_step (missing: 0).

--batch holds images [n, height, width, channels] float32, used as they are, and labels [n] int64;
n is at most the compiled batch.

--out gets logits, xent and loss (with weight decay, unless it is decoupled); in mode train also
grad/<variable> (likewise), after/<variable>, moving averages included, and the optimizer's slots
under after/. In mode infer it gets the logits of the inference package alone.`,
	}
	a.threadsFlag(c)
	c.Flags().StringVar(&f.weights, "weights", "", "the file of the variables")
	c.Flags().StringVar(&f.batch, "batch", "", "the file of images and labels")
	c.Flags().StringVar(&f.out, "out", "", "the file to write")
	c.Flags().StringVar(&f.mode, "mode", "train", "train, eval or infer")
	c.Flags().Float64Var(&f.rate, "lr", 0.1, "the learning rate")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := required(c, "weights", "batch", "out"); err != nil {
			return err
		}
		if f.mode != "train" && f.mode != "eval" && f.mode != "infer" {
			return fmt.Errorf("--mode: got %q, want train, eval or infer", f.mode)
		}
		if !(f.rate >= 0 && f.rate < maxRate) {
			return fmt.Errorf("--lr: got %g, want 0 or more and less than %g", f.rate, float64(maxRate))
		}
		return a.step(f)
	}
	return c
}

func (a *app) step(f *stepFlags) error {
	images, labels, err := a.readBatch(f.batch)
	if err != nil {
		return err
	}
	weights, err := checkpoint.Read(f.weights)
	if err != nil {
		return err
	}
	if f.mode == "infer" {
		return a.stepInfer(f, weights, images)
	}
	if err := a.Info.CheckTrainStep(len(labels)); f.mode == "train" && err != nil {
		return fmt.Errorf("--batch %s: images: %w", f.batch, err)
	}
	net, err := a.build()
	if err != nil {
		return err
	}
	defer net.Close()
	if err := a.assign(net, weights); err != nil {
		return fmt.Errorf("--weights %s: %w", f.weights, err)
	}
	var m network.Metrics
	if f.mode == "train" {
		m = net.TrainStep(images, labels, float32(f.rate))
	} else {
		m = net.Eval(images, labels)
	}
	result := &checkpoint.File{Tensors: []checkpoint.Tensor{
		{Name: "logits", Shape: []int{len(labels), a.Info.Classes}, Float32: slices.Clone(net.LastLogits())},
		scalar("xent", m.CrossEntropy), scalar("loss", m.Loss),
	}}
	if f.mode == "train" {
		result.Tensors = append(result.Tensors, afterStep(net)...)
	}
	return store.Write(f.out, result)
}

// stepInfer writes what the inference package makes of the images.
func (a *app) stepInfer(f *stepFlags, weights *checkpoint.File, images []float32) error {
	c, err := a.classifier(weights)
	if err != nil {
		return fmt.Errorf("--weights %s: %w", f.weights, err)
	}
	defer c.Close()
	i := a.Info
	n := len(images) / (i.Input[0] * i.Input[1] * i.Input[2])
	logits := make([]float32, n*i.Classes)
	if err := c.Logits(logits, images); err != nil {
		return err
	}
	return store.Write(f.out, &checkpoint.File{Tensors: []checkpoint.Tensor{{Name: "logits", Shape: []int{n, i.Classes}, Float32: logits}}})
}

func scalar(name string, x float64) checkpoint.Tensor {
	return checkpoint.Tensor{Name: name, Shape: []int{}, Float32: []float32{float32(x)}}
}

// afterStep lists the gradients and the updated variables.
func afterStep(net network.Network) (tensors []checkpoint.Tensor) {
	for _, v := range net.Variables() {
		add := func(name string, values []float32) {
			tensors = append(tensors, checkpoint.TensorOf(&v.VariableInfo, name, values))
		}
		if v.Trainable {
			add("grad/"+v.Name, v.Gradient)
		}
		add("after/"+v.Name, v.Value)
		for _, slot := range v.Slots {
			add("after/"+slot.Name, slot.Value)
		}
	}
	if c, ok := net.(network.Counter); ok {
		tensors = append(tensors, checkpoint.Tensor{Name: "after/" + state.StepName, Shape: []int{}, Int64: []int64{int64(c.StepCount())}})
	}
	return tensors
}

// readBatch reads images and labels that fit the network.
func (a *app) readBatch(path string) (images []float32, labels []int32, err error) {
	f, err := checkpoint.Read(path)
	if err != nil {
		return nil, nil, err
	}
	i := a.Info
	x, y := f.Find("images"), f.Find("labels")
	switch {
	case x == nil || y == nil:
		return nil, nil, fmt.Errorf("--batch %s: got %d tensors, want images and labels among them", path, len(f.Tensors))
	case x.Float32 == nil || len(x.Shape) != 4 || !slices.Equal(x.Shape[1:], i.Input[:]):
		return nil, nil, fmt.Errorf("--batch %s: images: got %s of shape %v, want float32 of shape [n %d %d %d]",
			path, x.Type(), x.Shape, i.Input[0], i.Input[1], i.Input[2])
	case x.Shape[0] < 1 || x.Shape[0] > i.Capacity:
		return nil, nil, fmt.Errorf("--batch %s: images: got %d, want 1 to %d", path, x.Shape[0], i.Capacity)
	case y.Int64 == nil || len(y.Shape) != 1 || y.Shape[0] != x.Shape[0]:
		return nil, nil, fmt.Errorf("--batch %s: labels: got %s of shape %v, want int64 of shape [%d]", path, y.Type(), y.Shape, x.Shape[0])
	}
	for k, l := range y.Int64 {
		if l < 0 || l >= int64(i.Classes) {
			return nil, nil, fmt.Errorf("--batch %s: labels[%d]: got %d, want 0 to %d", path, k, l, i.Classes-1)
		}
		labels = append(labels, int32(l))
	}
	return x.Float32, labels, nil
}
