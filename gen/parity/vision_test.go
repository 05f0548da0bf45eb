//go:build tools

package parity

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/gen"
	"github.com/resnetgen/resnetgen/internal/oracle"
	"github.com/resnetgen/resnetgen/internal/trainertest"
	"github.com/resnetgen/resnetgen/spec"
)

// visionCases are small enough for every run of the tests. The larger ones are a campaign.
var visionCases = []visionCase{
	{"resnet18_64", "resnet18", 4, visionOptions{height: 64, width: 64, mistakes: []string{"padding", "variance"}}},
	{"resnet18_odd", "resnet18", 2, visionOptions{height: 97, width: 131}},
	{"resnet50_64", "resnet50", 4, visionOptions{height: 64, width: 64}},
	{"resnet18_winograd", "resnet18", 4, visionOptions{height: 64, width: 64, algorithm: "winograd"}},
	{"resnet18_zeros", "resnet18", 4, visionOptions{height: 64, width: 64, zeroGamma: true, mistakes: []string{"relu"}}},
	{"resnet18_ties", "resnet18", 4, visionOptions{height: 64, width: 64, ties: true, mistakes: []string{"ties"}}},
}

const (
	normFactor = 4    // of PyTorch's own error in float32, by norm
	normFloor  = 1e-5 // which is that of rounding alone
	replayed   = 1e-3 // of gradients in float32 against float64 with the same decisions, by norm
)

// prepare runs torchvision on a case, and builds its trainer.
func (n *visionNetwork) prepare() error {
	jobs := []visionJob{n.draw(), n.step("eval64", "float64", "eval", 1), n.step("train64", "float64", "train", 1)}
	if n.steady() {
		jobs = append(jobs, n.step("train32", "float32", "train", 1),
			n.step("steps64", "float64", "train", visionSteps), n.step("steps32", "float32", "train", visionSteps))
	}
	for _, mistake := range n.mistakes {
		jobs = append(jobs, n.wrong(mistake))
	}
	if err := n.torchvision(jobs...); err != nil {
		return err
	}
	if err := n.convert(); err != nil {
		return err
	}
	m, err := trainertest.Generate(n.folder, filepath.Join("..", ".."), []*spec.Net{n.spec})
	if err != nil {
		return err
	}
	if err := addForward(m, n.name); err != nil {
		return err
	}
	n.bin, err = m.Build("bin")
	return err
}

// torchvision runs torchvision_step.py.
func (n *visionNetwork) torchvision(jobs ...visionJob) error {
	list, err := json.Marshal(jobs)
	if err != nil {
		return err
	}
	path := n.path("jobs.json")
	if err := os.WriteFile(path, list, 0o644); err != nil {
		return err
	}
	output, err := exec.Command(python, "torchvision_step.py", path).CombinedOutput()
	return torchError(output, err)
}

// convert writes the weights and batches as a trainer takes them.
func (n *visionNetwork) convert() error {
	weights, err := readTensors(n.path("weights"))
	if err != nil {
		return err
	}
	if err := writeTensors(n.path("weights.trainer"), weights); err != nil {
		return err
	}
	for _, path := range n.batches(visionSteps) {
		batch, err := readTensors(path)
		if err != nil {
			return err
		}
		var labels []int
		for _, l := range batch["labels"].Data {
			labels = append(labels, int(l))
		}
		if err := writeBatch(path+".trainer", batch["images"], labels); err != nil {
			return err
		}
	}
	return nil
}

// reference reads a result of torchvision_step.py.
func (n *visionNetwork) reference(t *testing.T, result string) map[string]*oracle.Tensor {
	t.Helper()
	return mustRead(t, n.path(result))
}

// step runs a program of the network's trainer on a batch.
func (n *visionNetwork) run(t *testing.T, weights, mode string, batch int) map[string]*oracle.Tensor {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	n.program(t, n.name, "step", "--weights", weights, "--batch", n.batches(visionSteps)[batch]+".trainer", "--out", out,
		"--mode", mode, "--lr", fmt.Sprint(visionRate))
	return mustRead(t, out)
}

func (n *visionNetwork) program(t *testing.T, name string, arguments ...string) {
	t.Helper()
	command := exec.Command(filepath.Join(n.bin, name), arguments...)
	command.Env = append(os.Environ(), "ARENA="+n.path("arena"))
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, output)
	}
}

// steps takes steps as a trainer does, each from where the last ended.
func (n *visionNetwork) steps(t *testing.T) (result map[string]*oracle.Tensor) {
	t.Helper()
	weights := n.path("weights.trainer")
	for i := range visionSteps {
		result = n.run(t, weights, "train", i)
		weights = next(t, result)
	}
	return result
}

// exact keeps what is compared with float64 itself: logits, losses and the moving averages.
// Gradients depend on decisions.
func exact(result map[string]*oracle.Tensor) map[string]*oracle.Tensor {
	kept := maps.Clone(result)
	maps.DeleteFunc(kept, func(name string, _ *oracle.Tensor) bool {
		return strings.Contains(name, "/") && !strings.Contains(name, ".running_")
	})
	return kept
}

// inexact keeps the rest.
func inexact(result map[string]*oracle.Tensor) map[string]*oracle.Tensor {
	kept := maps.Clone(result)
	maps.DeleteFunc(kept, func(name string, _ *oracle.Tensor) bool { return !strings.Contains(name, "/") })
	return kept
}

// checkNorms fails the test where a tensor's error by norm is more than its bound.
func checkNorms(t *testing.T, got, want map[string]*oracle.Tensor, bound func(name string) float64) {
	t.Helper()
	problems := compareNorms(got, want, bound)
	for _, problem := range problems[:min(len(problems), maxProblems)] {
		t.Error(problem)
	}
	if more := len(problems) - maxProblems; more > 0 {
		t.Errorf("… and %d more", more)
	}
}

// compareNorms returns what is wrong with got where want, in float64, is right, for each tensor
// ‖got − want‖ ≤ bound · ‖want‖.
func compareNorms(got, want map[string]*oracle.Tensor, bound func(name string) float64) (problems []string) {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		g, w := got[name], want[name]
		if g == nil || !slices.Equal(g.Shape, w.Shape) {
			problems = append(problems, fmt.Sprintf("%s: got %v, want shape %v", name, g, w.Shape))
			continue
		}
		if e := normError(g, w); !(e <= bound(name)) {
			problems = append(problems, fmt.Sprintf("%s: got an error of %.3g by norm, want at most %.3g", name, e, bound(name)))
		}
	}
	return problems
}

// normError is ‖got − want‖/‖want‖.
func normError(got, want *oracle.Tensor) float64 {
	var difference, norm float64
	for i, w := range want.Data {
		d := got.Data[i] - w
		difference += d * d
		norm += w * w
	}
	return math.Sqrt(difference / norm)
}

// asGoodAsTorch bounds the errors by those of PyTorch in float32.
func asGoodAsTorch(float32s, want map[string]*oracle.Tensor) func(name string) float64 {
	return func(name string) float64 { return max(normFloor, normFactor*normError(float32s[name], want[name])) }
}

// TestTorchvisionParity checks trainers against torchvision's models.
func TestTorchvisionParity(t *testing.T) {
	for _, c := range visionCases {
		t.Run(c.name, func(t *testing.T) { checkTorchvision(t, c) })
	}
}

func checkTorchvision(t *testing.T, c visionCase) {
	n, err := newVisionNetwork(c, t.TempDir())
	if err == nil {
		err = n.prepare()
	}
	if err != nil {
		t.Fatal(err)
	}
	weights := n.path("weights.trainer")
	trained := n.run(t, weights, "train", 0)
	t.Run("evaluation", func(t *testing.T) {
		checkTensors(t, n.run(t, weights, "eval", 0), n.reference(t, "eval64"), float32Bound)
	})
	t.Run("inference", func(t *testing.T) {
		want := map[string]*oracle.Tensor{"logits": n.reference(t, "eval64")["logits"]}
		checkTensors(t, n.run(t, weights, "infer", 0), want, float32Bound)
	})
	t.Run("training", func(t *testing.T) {
		checkTensors(t, exact(trained), exact(n.reference(t, "train64")), float32Bound)
	})
	t.Run("replay", func(t *testing.T) { n.checkReplay(t, trained) })
	if n.steady() {
		t.Run("steps", func(t *testing.T) { n.checkSteps(t, trained) })
	}
	for _, mistake := range n.mistakes {
		t.Run("mistake/"+mistake, func(t *testing.T) { n.checkMistake(t, trained, mistake) })
	}
}

// checkSteps checks gradients, and three steps of torchvision's training: the trainer may be four
// times as far from float64 as PyTorch is in float32.
func (n *visionNetwork) checkSteps(t *testing.T, trained map[string]*oracle.Tensor) {
	one := n.reference(t, "train64")
	checkNorms(t, trained, inexact(one), asGoodAsTorch(n.reference(t, "train32"), one))
	if n.ties { // the first update ends them
		return
	}
	three := n.reference(t, "steps64")
	checkNorms(t, n.steps(t), inexact(three), asGoodAsTorch(n.reference(t, "steps32"), three))
}

// checkReplay checks gradients against torchvision's model in float64 that decides as the
// trainer's step did.
func (n *visionNetwork) checkReplay(t *testing.T, trained map[string]*oracle.Tensor) {
	if err := n.replay(t, trained); err != nil {
		t.Fatal(err)
	}
	want := n.reference(t, "replayed")
	flips, farthest := want["replay/flips"].Data[0], want["replay/farthest"].Data[0]
	delete(want, "replay/flips")
	delete(want, "replay/farthest")
	if !(farthest <= float32Bound) {
		t.Errorf("got decisions against values of up to %.3g of the largest, want at most %.3g: those are no rounding", farthest, float32Bound)
	}
	checkNorms(t, trained, want, func(string) float64 { return replayed })
	t.Logf("%.0f decisions differ from float64's, against values of up to %.2g of the largest", flips, farthest)
}

// replay runs torchvision in float64 with the decisions of the trainer's training step.
func (n *visionNetwork) replay(t *testing.T, trained map[string]*oracle.Tensor) error {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	n.program(t, n.name+forwardSuffix, "step", "--weights", n.path("weights.trainer"), "--batch", n.batches(1)[0]+".trainer", "--out", out)
	if !slices.Equal(mustRead(t, out)["logits"].Data, trained["logits"].Data) {
		return errors.New("got other logits from the forward pass alone than from the step")
	}
	info, err := gen.Describe(n.spec)
	if err != nil {
		return err
	}
	file, err := os.Open(n.path("arena"))
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	a := arena{info: info, file: file, images: n.batch}
	views, err := a.decisions()
	if err != nil {
		return err
	}
	if err := writeViews(n.path("decisions"), views); err != nil {
		return err
	}
	job := n.step("replayed", "float64", "train", 1)
	job.Replay = n.path("decisions")
	return n.torchvision(job)
}

// checkMistake checks that the comparison sees a detail of torchvision's networks: it fails where
// the reference is wrong on purpose.
func (n *visionNetwork) checkMistake(t *testing.T, trained map[string]*oracle.Tensor, mistake string) {
	right := n.reference(t, "train64")
	problems := compareNorms(trained, n.reference(t, "wrong."+mistake), asGoodAsTorch(n.reference(t, "train32"), right))
	if len(problems) == 0 {
		t.Fatal("got no problem with a wrong reference, want one")
	}
	t.Logf("%d problems, such as %s", len(problems), problems[0])
}
