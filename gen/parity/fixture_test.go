// Package parity checks generated networks from outside: whole steps of the compiled trainers, of
// the float64 oracle internal/oracle and of PyTorch (torch_step.py, in float64) on the same
// tensors, for the specs in testdata/specs; and that a trainer computes the same bits whatever
// runs it. PyTorch takes part with the build tag tools, and torchvision's own models
// (torchvision_step.py). The package holds tests only.
package parity

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/resnetgen/resnetgen/internal/oracle"
	"github.com/resnetgen/resnetgen/internal/trainertest"
	"github.com/resnetgen/resnetgen/spec"
)

const (
	stepRate = 0.1 // learning rate of the single steps

	trajectorySteps   = 30
	trajectoryBatches = 3 // taken in turn
	trajectoryRate    = 0.01
)

// trajectorySpecs are the specs whose losses are followed over several steps: both units, all
// optimizers, both activations.
var trajectorySpecs = []string{
	"basic_official", "basic_relu", "basic_nesterov", "basic_adamw",
	"bottleneck_official", "bottleneck_one_stage", "bottleneck_adamw",
}

// tiesSpec is the spec whose max pool meets equal values, which gradients can tell apart: pixels
// are 0, 1 or 2, and the stem's weights are 0 but in the middle. So a pixel and another of its
// window are often the same, while their neighbours, which the gradients of the other weights see,
// differ.
const tiesSpec = "basic_ties"

// A network is one of testdata/specs, or of a choice that these do not take, with random weights,
// on disk and in the oracle.
type network struct {
	name    string
	spec    *spec.Net
	oracle  *oracle.Net
	json    string // the decoded spec's file
	weights string // the weights' file
	runs    []*run
}

// A run is one step: what goes in, and what the oracle and PyTorch make of it.
type run struct {
	name   string
	mode   string // train or eval
	images *oracle.Tensor
	labels []int
	batch  string // the batch's file
	out    string // PyTorch's result
	oracle oracle.Result
}

// A trajectory is several training steps, each from where the last ended.
type trajectory struct {
	network *network
	batches []*run
	out     string // PyTorch's losses
}

// oracleLosses returns the losses of the oracle's steps.
func (tr *trajectory) oracleLosses() []float64 {
	n := oracle.New(tr.network.spec)
	n.Assign(tr.network.oracle.Tensors())
	losses := make([]float64, trajectorySteps)
	for i := range losses {
		b := tr.batches[i%len(tr.batches)]
		result := n.Step(b.images.Data, b.labels, trajectoryRate, true)
		n.Assign(result.After)
		losses[i] = result.Loss
	}
	return losses
}

// fixture is all that the tests share. It is made once; PyTorch's part in torch_test.go and the
// trainers in build_test.go are made by the first test that needs them.
type fixture struct {
	dir          string
	networks     []*network
	trajectories []*trajectory
}

var (
	scratch string // removed after the tests
	shared  = sync.OnceValues(newFixture)
)

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "resnetgen-parity-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	scratch = dir
	return m.Run()
}

// loadFixture returns the shared fixture, or ends the test where it could not be made.
func loadFixture(t *testing.T) *fixture {
	t.Helper()
	f, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func newFixture() (*fixture, error) {
	paths, err := filepath.Glob("testdata/specs/*.yaml")
	if err != nil {
		return nil, err
	}
	f := &fixture{dir: scratch}
	for _, path := range paths {
		s, err := spec.Load(path)
		if err != nil {
			return nil, err
		}
		if err := f.addNetwork(s); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	if err := f.addChoices(); err != nil {
		return nil, err
	}
	for _, name := range trajectorySpecs {
		if err := f.addTrajectory(name); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return f, nil
}

// addChoices adds networks for what specs offer and none of testdata/specs takes, such as an
// optimizer.
func (f *fixture) addChoices() error {
	choices, err := trainertest.Choices()
	if err != nil {
		return err
	}
	for _, c := range choices {
		taken := false
		for _, n := range f.networks {
			in, err := c.In(n.spec)
			if err != nil {
				return err
			}
			taken = taken || in
		}
		if taken {
			continue
		}
		if err := f.addNetwork(c.Spec); err != nil {
			return fmt.Errorf("%s: %w", c.Spec.Name, err)
		}
	}
	return nil
}

// addNetwork adds a spec's network.
func (f *fixture) addNetwork(s *spec.Net) error {
	n, err := f.newNetwork(s)
	f.networks = append(f.networks, n)
	return err
}

// newNetwork draws weights for a spec and prepares its steps: training on a whole batch and,
// where there is one, on a part of a batch; evaluation on all images but one.
func (f *fixture) newNetwork(s *spec.Net) (*network, error) {
	n := &network{name: s.Name, spec: s, oracle: oracle.New(s)}
	n.json, n.weights = f.path(n.name+".json"), f.path(n.name+".weights")
	decoded, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(n.json, decoded, 0o644); err != nil {
		return nil, err
	}
	n.oracle.Randomize(n.random("weights"))
	if n.name == tiesSpec {
		w := n.oracle.Variable("init/init_conv/DW").Value
		middle := len(w.Data) / 9 * 4
		clear(w.Data[:middle])
		clear(w.Data[middle+len(w.Data)/9:])
	}
	if err := writeTensors(n.weights, n.oracle.InFiles(n.oracle.Tensors())); err != nil {
		return nil, err
	}
	batch := s.Train.Batch
	if err := f.addRun(n, "train", "train", batch); err != nil {
		return nil, err
	}
	if err := f.addRun(n, "eval", "eval", max(batch-1, 1)); err != nil {
		return nil, err
	}
	if batch > 1 {
		return n, f.addRun(n, "train_part", "train", batch/2+1)
	}
	return n, nil
}

// network returns the network of that name, or ends the test.
func (f *fixture) network(t *testing.T, name string) *network {
	t.Helper()
	i := slices.IndexFunc(f.networks, func(n *network) bool { return n.name == name })
	if i < 0 {
		t.Fatalf("got no spec %s in testdata/specs, want one", name)
	}
	return f.networks[i]
}

// path returns the path of a file in the scratch folder.
func (f *fixture) path(name string) string { return filepath.Join(f.dir, name) }

// random returns the random stream of that purpose, the same in every run of the tests.
func (n *network) random(purpose string) *rand.Rand {
	hash := fnv.New64a()
	fmt.Fprint(hash, n.name, "/", purpose)
	return rand.New(rand.NewPCG(hash.Sum64(), 0))
}

// kinkMargin is how far a step whose gradients are compared has to stay from where the loss is not
// differentiable. At 0 the derivative of a leaky ReLU jumps by 1−leak: an input that rounding in
// float32 moves across 0 changes the gradients by far more than rounding does, in both programs
// rightly. Inputs are of
// size 1 and float32 computes them within a few 1e-6.
const kinkMargin = 1e-5

// addRun draws batches until the oracle finds the step away from all kinks.
func (f *fixture) addRun(n *network, name, mode string, images int) error {
	const attempts = 200
	r := n.random(name)
	for range attempts {
		candidate := n.draw(r, images)
		candidate.name, candidate.mode = name, mode
		candidate.oracle = n.oracle.Step(candidate.images.Data, candidate.labels, stepRate, mode == "train")
		if distanceToKink(candidate.oracle, n.spec.BatchNorm.LastGamma == 0) < kinkMargin {
			continue
		}
		candidate.oracle.Grad, candidate.oracle.After = n.oracle.InFiles(candidate.oracle.Grad), n.oracle.InFiles(candidate.oracle.After)
		candidate.batch, candidate.out = f.path(n.name+"."+name+".batch"), f.path(n.name+"."+name+".torch")
		n.runs = append(n.runs, candidate)
		return writeBatch(candidate.batch, candidate.images, candidate.labels)
	}
	return fmt.Errorf("%s: none of %d batches of %d stays %g away from a kink: the network is too large",
		name, attempts, images, kinkMargin)
}

// draw returns random images and labels. The images are float32 numbers.
func (n *network) draw(r *rand.Rand, images int) *run {
	in := n.spec.Input
	drawn := &run{images: oracle.NewTensor(images, in.Height, in.Width, in.Channels)}
	for i := range drawn.images.Data {
		drawn.images.Data[i] = float64(float32(r.NormFloat64()))
		if n.name == tiesSpec {
			drawn.images.Data[i] = float64(r.IntN(3))
		}
	}
	for range images {
		drawn.labels = append(drawn.labels, r.IntN(n.spec.Classes))
	}
	return drawn
}

// distanceToKink returns how far a result is from a kink. With zeros, what is exactly 0 is so for
// everyone.
func distanceToKink(result oracle.Result, zeros bool) float64 {
	distance := math.Inf(1)
	for _, x := range result.Kinks {
		for _, v := range x.Data {
			if v == 0 && zeros {
				continue
			}
			distance = min(distance, math.Abs(v))
		}
	}
	return distance
}

func (f *fixture) addTrajectory(name string) error {
	for _, n := range f.networks {
		if n.name != name {
			continue
		}
		t := &trajectory{network: n, out: f.path(name + ".trajectory.torch")}
		r := n.random("trajectory")
		for i := range trajectoryBatches {
			b := n.draw(r, n.spec.Train.Batch)
			b.batch = f.path(fmt.Sprintf("%s.trajectory.%d.batch", name, i))
			if err := writeBatch(b.batch, b.images, b.labels); err != nil {
				return err
			}
			t.batches = append(t.batches, b)
		}
		f.trajectories = append(f.trajectories, t)
		return nil
	}
	return fmt.Errorf("no such spec")
}
