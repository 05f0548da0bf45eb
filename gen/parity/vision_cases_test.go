//go:build tools

package parity

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/resnetgen/resnetgen/internal/trainertest"
	"github.com/resnetgen/resnetgen/spec"
)

// A visionCase is a model of torchvision, and the spec of the same network.
type visionCase struct {
	name  string // of the spec
	model string // torchvision's function
	batch int
	visionOptions
}

// visionOptions are what some cases do otherwise.
type visionOptions struct {
	height, width int
	algorithm     string // direct
	zeroGamma     bool   // units start as their shortcuts, so many sums are exactly 0
	ties          bool   // the max pool meets equal values

	// What torchvision_step.py does wrong on purpose, where the comparison has to notice.
	mistakes []string
}

// visionClasses is the number of classes. The loss of few classes has a larger gradient.
const visionClasses = 10

// text is the spec: the zoo's, for other images. The optimizer is that of torchvision's
// references: SGD with momentum, and weight decay on all parameters.
func (c *visionCase) text() (string, error) {
	published, err := trainertest.Zoo(c.model, c.model)
	if err != nil {
		return "", err
	}
	list := func(values []int) string { return strings.ReplaceAll(fmt.Sprint(values), " ", ", ") }
	keys := "units: " + list(published.Units)
	if published.Bottleneck {
		keys += "\nbottleneck: true\ninner_filters: " + list(published.InnerFilters)
	}
	lastGamma := 1
	if c.zeroGamma {
		lastGamma = 0
	}
	return fmt.Sprintf(`name: %s
family: %s
input: {height: %d, width: %d, channels: 3}
classes: %d
%s
batch_norm: {last_gamma: %d}
train: {batch: %d}
eval: {batch: %[8]d}
algorithm: %s
`, c.name, published.Family, c.height, c.width, visionClasses, keys, lastGamma, c.batch, c.algorithm), nil
}

// A visionNetwork is a case with its spec and files.
type visionNetwork struct {
	visionCase
	spec   *spec.Net
	folder string
	bin    string // the folder of its programs
}

// steady reports whether rounding alone decides few of the network's ReLUs: PyTorch in float32 is
// then near its float64.
func (n *visionNetwork) steady() bool {
	return n.algorithm == "direct" && !n.spec.Bottleneck && n.height <= 131
}

func newVisionNetwork(c visionCase, folder string) (*visionNetwork, error) {
	if c.algorithm == "" {
		c.algorithm = "direct"
	}
	text, err := c.text()
	if err != nil {
		return nil, err
	}
	s, err := spec.Parse(c.name+".yaml", []byte(text))
	return &visionNetwork{visionCase: c, spec: s, folder: folder}, err
}

// path returns the path of one of the network's files.
func (n *visionNetwork) path(name string) string { return filepath.Join(n.folder, n.name+"."+name) }

// batches returns the paths of the first batches.
func (n *visionNetwork) batches(count int) (paths []string) {
	for i := range count {
		paths = append(paths, n.path(fmt.Sprintf("batch%d", i)))
	}
	return paths
}

// A visionJob is a job of torchvision_step.py: see there.
type visionJob struct {
	Do        string   `json:"do"`
	Model     string   `json:"model"`
	Classes   int      `json:"classes"`
	Height    int      `json:"height"`
	Width     int      `json:"width"`
	Batch     int      `json:"batch"`
	ZeroGamma bool     `json:"zero_gamma"`
	Ties      bool     `json:"ties"`
	Seed      int      `json:"seed"`
	Weights   string   `json:"weights"`
	Batches   []string `json:"batches"`
	Type      string   `json:"dtype"`
	Mode      string   `json:"mode"`
	Rate      float64  `json:"rate"`
	Replay    string   `json:"replay,omitempty"`
	Mistake   string   `json:"mistake,omitempty"`
	Out       string   `json:"out"`
}

const (
	visionSteps = 3
	visionRate  = 0.001 // beyond it the errors of float32 grow by factors of ten from step to step
)

// draw is the job that makes the network's weights and batches.
func (n *visionNetwork) draw() visionJob {
	return visionJob{
		Do: "draw", Model: n.model, Classes: visionClasses, Height: n.height, Width: n.width, Batch: n.batch,
		ZeroGamma: n.zeroGamma, Ties: n.ties, Seed: 1, Weights: n.path("weights"), Batches: n.batches(visionSteps),
	}
}

// step is the job of so many steps, whose result has a name.
func (n *visionNetwork) step(result, dtype, mode string, steps int) visionJob {
	job := n.draw()
	job.Do, job.Type, job.Mode, job.Rate, job.Batches, job.Out = "step", dtype, mode, visionRate, n.batches(steps), n.path(result)
	return job
}

// wrong is the job of a training step with a mistake.
func (n *visionNetwork) wrong(mistake string) visionJob {
	job := n.step("wrong."+mistake, "float64", "train", 1)
	job.Mistake = mistake
	return job
}
