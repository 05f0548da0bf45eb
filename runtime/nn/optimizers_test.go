package nn

import (
	"math"
	"reflect"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// TestAdamRates compares the coefficients of steps with the definition.
func TestAdamRates(t *testing.T) {
	a := Adam{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, WeightDecay: 0.05}
	for _, step := range []int{1, 2, 3, 10, 1000, 100_000, 1 << 30} {
		got := a.rates(0.01, step)
		for what, pair := range map[string][2]float64{
			"OneMinusBeta1":          {float64(got.OneMinusBeta1), 0.1},
			"OneMinusBeta2":          {float64(got.OneMinusBeta2), 0.001},
			"InvSqrtBiasCorrection2": {float64(got.InvSqrtBiasCorrection2), 1 / math.Sqrt(1-math.Pow(0.999, float64(step)))},
			"Step":                   {float64(got.Step), 0.01 / (1 - math.Pow(0.9, float64(step)))},
			"OneMinusRateDecay":      {float64(got.OneMinusRateDecay), 1 - 0.01*0.05},
		} {
			if math.Abs(pair[0]-pair[1]) > 1e-7*pair[1] {
				t.Errorf("step %d: %s: got %g, want %g", step, what, pair[0], pair[1])
			}
		}
	}
}

// TestUpdateAdamW holds that only decayed variables shrink, whatever the number of parts.
func TestUpdateAdamW(t *testing.T) {
	const n, decayed = 96, 32
	for _, parts := range []int{1, 2, 5} {
		p := Parameters{Value: make([]float32, n), Gradient: make([]float32, n), Decayed: decayed}
		p.Slots = [][]float32{make([]float32, n), make([]float32, n)}
		for i := range p.Value {
			p.Value[i] = 1
		}
		for k := range parts {
			p.UpdateAdamW(0.5, Adam{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, WeightDecay: 0.5}, 1, par.Part{Index: k, Of: parts})
		}
		for i, v := range p.Value {
			want := float32(1)
			if i < decayed {
				want = 0.75
			}
			if v != want {
				t.Fatalf("%d parts: element %d: got %g, want %g", parts, i, v, want)
			}
		}
	}
}

// TestAddDecayToNormsAndBiases holds that the gradients of weights, which have their decay, stay as
// they are.
func TestAddDecayToNormsAndBiases(t *testing.T) {
	const n, weights = 96, 32
	for _, parts := range []int{1, 2, 5} {
		p := Parameters{Value: make([]float32, n), Gradient: make([]float32, n), Weights: weights, Decayed: n}
		for i := range p.Value {
			p.Value[i] = 2
		}
		for k := range parts {
			p.AddDecayToNormsAndBiases(0.25, par.Part{Index: k, Of: parts})
		}
		for i, g := range p.Gradient {
			want := float32(0.5)
			if i < weights {
				want = 0
			}
			if g != want {
				t.Fatalf("%d parts: element %d: got %g, want %g", parts, i, g, want)
			}
		}
	}
}

// TestUpdatesAllocateNothing holds it for every optimizer.
func TestUpdatesAllocateNothing(t *testing.T) {
	const n = 96
	floats := func() []float32 { return make([]float32, n) }
	p := Parameters{Value: floats(), Gradient: floats(), Slots: [][]float32{floats(), floats()}, Decayed: 32}
	adam := Adam{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}
	for name, update := range map[string]func(){
		"SGD":      func() { p.UpdateSGD(0.1, par.Part{Index: 0, Of: 1}) },
		"Momentum": func() { p.UpdateMomentum(0.1, 0.9, par.Part{Index: 0, Of: 1}) },
		"Nesterov": func() { p.UpdateNesterov(0.1, 0.9, par.Part{Index: 0, Of: 1}) },
		"AdamW":    func() { p.UpdateAdamW(0.1, adam, 7, par.Part{Index: 0, Of: 1}) },
		"decay":    func() { p.AddDecayToNormsAndBiases(0.1, par.Part{Index: 0, Of: 1}) },
	} {
		if allocs := testing.AllocsPerRun(10, update); allocs != 0 {
			t.Errorf("%s: got %g allocations, want 0", name, allocs)
		}
	}
}

// TestOptimizerMethods holds that the table of optimizers names methods that there are, with the
// arguments that the generated call has.
func TestOptimizerMethods(t *testing.T) {
	parameters := reflect.TypeFor[*Parameters]()
	for _, o := range abi.Optimizers() {
		method, ok := parameters.MethodByName(o.Method)
		if !ok {
			t.Errorf("%s: got no method %s, want one", o.Name, o.Method)
			continue
		}
		want := 3 + len(o.Constants) // the receiver, the rate and the part
		if o.CountsSteps {
			want++
		}
		if got := method.Type.NumIn(); got != want {
			t.Errorf("%s: %s: got %d arguments, want %d", o.Name, o.Method, got, want)
		}
	}
}
