package lower

import (
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/spec"
)

// Convention returns the convention by which a network's variables are named.
func Convention(net *spec.Net) network.Convention {
	if net.TorchNames() {
		return network.PyTorch
	}
	return network.TensorFlow
}

// namer names a network's parts: units, layers, operations and their results. A variable has the
// name of its operation, and behind it what its [network.Convention] says.
type namer interface {
	stem() *stemNames
	// unit names a residual unit, which has a number in its stage. Both count from 0. shared says
	// that its shortcut begins behind its first norm.
	unit(stage, number int, shared bool) *unitNames
	// branch names convolution i of a unit, from 0 on, with the norm beside it.
	branch(u *unitNames, i int) *branchNames
	head() *headNames
}

// site is an operation with variables: its name, and its field in the Go struct of its unit.
type site struct{ op, field string }

// layerNames are a layer's name, and what the methods of its unit call it.
type layerNames struct{ name, part string }

type stemNames struct {
	unit       string
	conv, pool layerNames
	kernel     site
	norm       site
}

type unitNames struct {
	unit       string
	firstNorm  site
	shortcut   layerNames // with variables
	projection site
	norm       site
	pool       string // the operation of a shortcut without variables
	sum        string // and the one that adds the shortcut
}

type branchNames struct {
	layer  layerNames
	kernel site
	norm   site
	out    string // the field of the convolution's output
}

type headNames struct {
	poolUnit, denseUnit string
	pool, dense         layerNames
	norm                site
}

func namerOf(net *spec.Net) namer {
	if net.TorchNames() {
		return torchNames{}
	}
	return tensorFlowNames{post: net.PostActivation(), bottleneck: net.Bottleneck}
}

// tensorFlowNames are the scopes of TensorFlow's official model. It has no units that activate
// behind their sums: those are named like the others, with the norms where they are.
type tensorFlowNames struct{ post, bottleneck bool }

func (tensorFlowNames) stem() *stemNames {
	return &stemNames{
		unit: "init", conv: layerNames{name: "init/init_conv"}, pool: layerNames{"init/pool", "pool"},
		kernel: site{"init/init_conv", "initConv"}, norm: site{"init/init_bn", "initBN"},
	}
}

func (n tensorFlowNames) unit(stage, number int, shared bool) *unitNames {
	unit := fmt.Sprintf("unit_%d_%d", stage+1, number)
	first := "residual_only_activation"
	switch {
	case n.bottleneck && shared:
		first = "common_bn_relu"
	case n.bottleneck:
		first = "residual_bn_relu"
	case shared:
		first = "shared_activation"
	}
	return &unitNames{
		unit: unit, firstNorm: site{unit + "/" + first + "/init_bn", "initBN"},
		shortcut:   layerNames{unit + "/sub_add/project", "project"},
		projection: site{unit + "/sub_add/project", "project"}, norm: site{unit + "/sub_add/project_bn", "projectBN"},
		pool: unit + "/sub_add", sum: unit + "/sub_add",
	}
}

func (n tensorFlowNames) branch(u *unitNames, i int) *branchNames {
	sub, conv, bn := fmt.Sprintf("sub%d", i+1), fmt.Sprintf("conv%d", i+1), fmt.Sprintf("bn%d", i+1)
	layer := u.unit + "/" + sub
	names := &branchNames{layer: layerNames{layer, sub}, kernel: site{layer + "/" + conv, conv}, norm: site{layer + "/" + bn, bn}, out: sub}
	if i == 0 && !n.post {
		names.norm = u.firstNorm
	}
	return names
}

func (tensorFlowNames) head() *headNames {
	return &headNames{
		poolUnit: "unit_last", pool: layerNames{name: "unit_last"}, norm: site{"unit_last/final_bn", "finalBN"},
		denseUnit: "logit", dense: layerNames{name: "logit"},
	}
}

// torchNames are the modules of torchvision's networks. It has none whose units activate before
// their convolutions: there a unit's norms and convolutions are numbered in the same way, and the
// norm behind the last unit is bn, as in the preresnet of bearpaw's pytorch-classification.
type torchNames struct{}

func (torchNames) stem() *stemNames {
	return &stemNames{
		unit: "stem", conv: layerNames{name: "conv1"}, pool: layerNames{"maxpool", "maxpool"},
		kernel: site{"conv1", "conv1"}, norm: site{"bn1", "bn1"},
	}
}

func (torchNames) unit(stage, number int, _ bool) *unitNames {
	unit := fmt.Sprintf("layer%d.%d", stage+1, number)
	return &unitNames{
		unit: unit, shortcut: layerNames{unit + ".downsample", "downsample"},
		projection: site{unit + ".downsample.0", "downsample0"}, norm: site{unit + ".downsample.1", "downsample1"},
		pool: unit + ".downsample", sum: unit + ".add",
	}
}

func (torchNames) branch(u *unitNames, i int) *branchNames {
	conv, bn := fmt.Sprintf("conv%d", i+1), fmt.Sprintf("bn%d", i+1)
	op := u.unit + "." + conv
	return &branchNames{layer: layerNames{op, conv}, kernel: site{op, conv}, norm: site{u.unit + "." + bn, bn}, out: fmt.Sprintf("out%d", i+1)}
}

func (torchNames) head() *headNames {
	return &headNames{
		poolUnit: "head", pool: layerNames{name: "avgpool"}, norm: site{"bn", "bn"},
		denseUnit: "head", dense: layerNames{name: "fc"},
	}
}
