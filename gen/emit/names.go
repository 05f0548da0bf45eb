package emit

import (
	"fmt"
	"strings"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// goName turns a scope into the name of its field in Net: unit_1_0 → unit1_0, layer1.0 → layer1_0.
// What follows the last unit is one: the head.
func goName(unit string) string {
	switch unit {
	case "init":
		return "stem"
	case "unit_last", "logit":
		return "head"
	}
	if rest, ok := strings.CutPrefix(unit, "unit_"); ok {
		return "unit" + rest
	}
	return strings.ReplaceAll(unit, ".", "_")
}

// unitOf returns the scope that a phase belongs to: unit_1_0/sub1 → unit_1_0.
func (e *emitter) unitOf(p *ir.Phase) string { return e.rows[p.Name].Unit }

// phaseName is the name of a phase's method: unit_1_0/sub1 forward → unit1_0Sub1Forward, and
// layer1.0.downsample forward → layer1_0DownsampleForward.
func (e *emitter) phaseName(p *ir.Phase, suffix string) string {
	name := goName(e.unitOf(p))
	if part := e.rows[p.Name].Part; part != "" {
		name += ir.Capitalize(part)
	}
	return name + suffix
}

// imageType is the array type of one image of a tensor.
func imageType(s ir.Shape) string { return fmt.Sprintf("image%dx%dx%d", s.H, s.W, s.C) }

// bufferName is the field of a buffer, and without a slot the name of a scratch buffer's type.
func bufferName(b ir.Buffer) string {
	prefix := "image"
	if b.Layout != ir.Plain {
		name := layoutName(b.Layout)
		prefix = strings.ToLower(name[:1]) + name[1:]
	}
	if b.Layout.Halo > 1 {
		prefix += fmt.Sprintf("%d_", b.Layout.Halo)
	}
	if b.Single {
		prefix = "one" + ir.Capitalize(prefix)
	}
	name := fmt.Sprintf("%s%dx%dx%d", prefix, b.Shape.H, b.Shape.W, b.Shape.C)
	if b.Slot > 0 {
		return fmt.Sprintf("%s_%d", name, b.Slot+1)
	}
	return name
}

// layoutName is the function of package conv that makes a layout.
func layoutName(l ir.Layout) string {
	switch {
	case l.Tiled && l.Halo > 0:
		return "TiledHalo"
	case l.Tiled:
		return "Tiled"
	case l.Halo > 0:
		return "Halo"
	}
	return "Plain"
}

// convName is the field of a convolution's geometry.
func convName(c *ir.Conv) string {
	if c.Algorithm == ir.WinogradBatch {
		return fmt.Sprintf("winogradBatch_%dx%dx%dto%d", c.In.H, c.In.W, c.In.C, c.Out.C)
	}
	if c.Algorithm == ir.Winograd {
		return fmt.Sprintf("winograd_%dx%dx%dto%d", c.In.H, c.In.W, c.In.C, c.Out.C)
	}
	stride := ""
	if c.Stride > 1 {
		stride = fmt.Sprintf("s%d", c.Stride)
	}
	return fmt.Sprintf("conv%dx%d%s_%dx%dx%dto%d", c.Kernel, c.Kernel, stride, c.In.H, c.In.W, c.In.C, c.Out.C)
}

// poolName is the field of a pool's geometry: pool2_28x28x16to32 of windows side by side, and
// NAME3s2_28x28x16to32 of windows that overlap.
func poolName(kind string, w ir.Window, in, out ir.Shape) string {
	stride := ""
	if w.Stride != w.Kernel {
		stride = fmt.Sprintf("s%d", w.Stride)
	}
	return fmt.Sprintf("%s%d%s_%dx%dx%dto%d", strings.ToLower(kind[:1])+kind[1:], w.Kernel, stride, in.H, in.W, in.C, out.C)
}
