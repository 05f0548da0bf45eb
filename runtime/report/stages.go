package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/dustin/go-humanize"

	"github.com/resnetgen/resnetgen/runtime/network"
)

// Stage is a row of a network's table as papers print it: a run of equal units, or what stands
// before and behind them.
type Stage struct {
	Name       string `json:"name"`
	Out        [3]int `json:"out"`    // height, width, channels
	Blocks     string `json:"blocks"` // as in "[3×3, 64; 3×3, 64] × 2"
	Parameters int64  `json:"parameters"`
	MACs       int64  `json:"macs"`

	branch string // of one unit
	units  int
}

// stagesOf returns the table of a network's layers. A stage begins where the size of an image or
// the convolutions of a unit change.
//
// Source: He et al., "Deep Residual Learning for Image Recognition", 2015, table 1.
func stagesOf(layers []network.Layer) []Stage {
	var stages []Stage
	residual := 0
	for len(layers) > 0 {
		end := slices.IndexFunc(layers, func(l network.Layer) bool { return l.Unit != layers[0].Unit })
		if end < 0 {
			end = len(layers)
		}
		unit := layers[:end]
		layers = layers[end:]
		branch := branchOf(unit)
		if !strings.Contains(branch, ";") { // fewer than two convolutions: no residual unit
			for _, l := range unit {
				stages = append(stages, Stage{Name: l.Name, Out: l.Out, Blocks: blockOf(l), Parameters: l.Parameters, MACs: l.MACs})
			}
			continue
		}
		out := unit[len(unit)-1].Out
		if last := len(stages) - 1; last < 0 || stages[last].branch != branch || stages[last].Out != out {
			residual++
			stages = append(stages, Stage{Name: fmt.Sprintf("stage %d", residual), Out: out, branch: branch})
		}
		s := &stages[len(stages)-1]
		s.units++
		s.Blocks = fmt.Sprintf("[%s] × %d", branch, s.units)
		for _, l := range unit {
			s.Parameters, s.MACs = s.Parameters+l.Parameters, s.MACs+l.MACs
		}
	}
	return stages
}

// branchOf lists the kernels and channels of a unit's convolutions, without that of a shortcut,
// which takes the unit's input.
func branchOf(unit []network.Layer) string {
	var convs []string
	in := unit[0].In
	for _, l := range unit {
		if kernel, _ := convOf(l); kernel != "" && l.In == in {
			convs = append(convs, fmt.Sprintf("%s, %d", kernel, l.Out[2]))
			in = l.Out
		}
	}
	return strings.Join(convs, "; ")
}

// blockOf says what a layer outside of residual units computes.
func blockOf(l network.Layer) string {
	block, stride := convOf(l)
	if block != "" {
		block = fmt.Sprintf("%s, %d", block, l.Out[2])
	} else {
		block, stride, _ = strings.Cut(strings.TrimSuffix(l.Op, " symmetric"), "/")
	}
	if stride != "" {
		block += ", stride " + stride
	}
	return block
}

// convOf returns the kernel of a layer's convolution, such as 3×3, and its stride, "" for 1.
func convOf(l network.Layer) (kernel, stride string) {
	for op := range strings.SplitSeq(l.Op, ", ") {
		op, _, _ = strings.Cut(op, " ")
		kernel, stride, _ = strings.Cut(op, "/")
		var height, width int
		if n, _ := fmt.Sscanf(kernel, "%d×%d", &height, &width); n == 2 {
			return kernel, stride
		}
	}
	return "", ""
}

// printStages writes the table.
func printStages(out io.Writer, stages []Stage) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "stage\tout\tblocks\tparameters\tMACs") // Flush reports what went wrong
	for _, s := range stages {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", s.Name, size(s.Out), s.Blocks, humanize.Comma(s.Parameters), humanize.Comma(s.MACs))
	}
	return w.Flush()
}
