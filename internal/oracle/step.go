package oracle

import "fmt"

// stepName is the name of the number of steps.
const stepName = "global_step"

// Result is what a step computes.
type Result struct {
	Logits *Tensor // [n, classes]
	XEnt   float64 // mean softmax cross entropy, with smoothed labels
	Loss   float64 // XEnt plus, where it is not decoupled, weight decay · Σ ½‖v‖² over the decayed variables

	// Grad holds the gradient of Loss for each trainable variable; nil in evaluation.
	Grad map[string]*Tensor
	// After holds every variable after the update, moving averages too, and what the optimizer
	// keeps, named as [Net.Tensors] names it; nil in evaluation.
	After map[string]*Tensor
	// Kinks say how far the step is from where the loss is not differentiable: there one of their
	// elements is 0. They are the inputs of all leaky ReLUs, in order.
	Kinks []*Tensor
}

// Step runs one step on images [n, height, width, channels] with n labels: in training forward with
// the batch's moments, backward and the optimizer's update; in evaluation forward with the moving
// averages. It leaves the network as it is: [Net.Assign] of [Result.After] takes the step. It
// panics where the images are not whole, the labels not as many or not in [0, classes).
func (n *Net) Step(images []float64, labels []int, lr float64, train bool) Result {
	t := n.forward(images, labels, train)
	result := Result{Logits: t.logits.value, XEnt: t.xent, Loss: t.loss, Kinks: t.kinks}
	if !train {
		return result
	}
	t.runBackward()
	result.Grad, result.After = t.grad, map[string]*Tensor{}
	for _, v := range n.variables {
		if !v.Trainable {
			result.After[v.Name] = MovingAverage(v.Value, t.moments[v.Name], n.spec.BatchNorm.Decay)
			continue
		}
		n.update(v, t.grad[v.Name], lr, result.After)
	}
	if n.steps != nil {
		result.After[stepName] = &Tensor{Shape: []int{}, Data: []float64{n.steps.Data[0] + 1}}
	}
	return result
}

// forward records the network's forward pass and loss on a tape.
func (n *Net) forward(images []float64, labels []int, train bool) *tape {
	in := n.spec.Input
	size := in.Height * in.Width * in.Channels
	if len(images) == 0 || len(images)%size != 0 {
		panic(fmt.Sprintf("oracle: Step: got %d values, want a positive multiple of %d, an image's", len(images), size))
	}
	t := &tape{net: n, train: train, grad: map[string]*Tensor{}, moments: map[string]*Tensor{}}
	batch := &Tensor{Shape: []int{len(images) / size, in.Height, in.Width, in.Channels}, Data: images}
	t.logits = t.network(newNode(batch))
	t.addLoss(labels)
	return t
}
