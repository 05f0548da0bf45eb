package oracle

import (
	"regexp"
	"strings"
)

// InFiles returns tensors of [Net.Tensors] or of a [Result] as files have them: of a network with
// PyTorch's names by these, and in PyTorch's layouts.
func (n *Net) InFiles(tensors map[string]*Tensor) map[string]*Tensor {
	if !n.spec.TorchNames() {
		return tensors
	}
	files := map[string]*Tensor{}
	for name, t := range tensors {
		variable := name
		for _, suffix := range []string{"/Momentum", "/Adam", "/Adam_1"} {
			variable = strings.TrimSuffix(variable, suffix)
		}
		if name != stepName {
			name, t = torchName(variable)+name[len(variable):], outputsFirst(t)
		}
		files[name] = t
	}
	return files
}

// torchNames turn TensorFlow's names into torchvision's, one after the other.
var torchNames = []struct {
	from *regexp.Regexp
	to   string
}{
	{regexp.MustCompile(`^init/init_conv/`), "conv1/"},
	{regexp.MustCompile(`^init/init_bn/`), "bn1/"},
	{regexp.MustCompile(`^unit_(\d+)_(\d+)/`), "layer$1.$2."},
	{regexp.MustCompile(`\.[a-z_]+/init_bn/`), ".bn1/"},
	{regexp.MustCompile(`\.sub\d/`), "."},
	{regexp.MustCompile(`\.sub_add/project/`), ".downsample.0/"},
	{regexp.MustCompile(`\.sub_add/project_bn/`), ".downsample.1/"},
	{regexp.MustCompile(`^unit_last/final_bn/`), "bn/"},
	{regexp.MustCompile(`^logit/`), "fc/"},
	{regexp.MustCompile(`/(DW|gamma)$`), ".weight"},
	{regexp.MustCompile(`/(biases|beta)$`), ".bias"},
	{regexp.MustCompile(`/moving_mean$`), ".running_mean"},
	{regexp.MustCompile(`/moving_variance$`), ".running_var"},
}

func torchName(variable string) string {
	for _, n := range torchNames {
		variable = n.from.ReplaceAllString(variable, n.to)
	}
	return variable
}

// outputsFirst turns [in, out] into [out, in], and [height, width, in, out] into [out, in, height,
// width]. Vectors stay.
func outputsFirst(t *Tensor) *Tensor {
	if len(t.Shape) < 2 {
		return t
	}
	taps := t.Shape[:len(t.Shape)-2]
	in, out := t.Shape[len(taps)], t.Shape[len(taps)+1]
	turned := NewTensor(append([]int{out, in}, taps...)...)
	n := len(t.Data) / (in * out)
	for k, x := range t.Data {
		o, i, tap := k%out, k/out%in, k/(out*in)
		turned.Data[(o*in+i)*n+tap] = x
	}
	return turned
}
