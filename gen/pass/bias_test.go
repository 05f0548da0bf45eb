package pass

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/gen/ir"
	"github.com/resnetgen/resnetgen/gen/lower"
	"github.com/resnetgen/resnetgen/spec"
)

// wideBiases is a network whose products are those of the whole batch, with biases and projections.
const wideBiases = `name: wide
input: {height: 4, width: 4, channels: 3}
classes: 10
filters: [16, 256]
strides: [1]
units: [2]
shortcut: projection
bias: true
train: {learning_rate: {schedule: constant, value: 0.1}}
`

// TestBiasGradients holds that the gradient of biases is the sum of the tensor whose products make
// the weights' gradient, the output's gradient: once for each convolution. No other test sees it,
// since the sum is 0 where norms follow.
func TestBiasGradients(t *testing.T) {
	check := func(t fataler, text string) {
		g := lowered(t, text)
		see := func(pass string, g *ir.Graph) {
			if pass != "gradients" {
				return
			}
			for _, c := range g.Convs {
				if c.Bias == nil {
					continue
				}
				var sums, products []*ir.Tensor
				for _, op := range g.Ops {
					switch {
					case op.Kind == ir.OpBiasGradient && op.Bias == c.Bias:
						sums = append(sums, op.In[0])
					case op.Kind == ir.OpConvWeights && op.Conv == c:
						products = append(products, op.In[1])
					}
				}
				if len(sums) != 1 || !slices.Equal(sums, products) {
					t.Fatalf("%s: got sums of %v, want those of %v", c.Bias.Variable.Name, sums, products)
				}
			}
		}
		if err := Run(Training, g, see); err != nil {
			t.Fatalf("%v", err)
		}
	}
	rapid.Check(t, func(t *rapid.T) { check(t, drawSpec(t)) })
	check(t, wideBiases)
}

// TestPartialsReduced holds that the gradients of groups are combined, and those of what is kept
// summed, at the end of the phase: the next phase has others in their memory.
func TestPartialsReduced(t *testing.T) {
	check := func(t fataler, text string) {
		g := compile(t, text)
		for _, p := range g.Phases {
			var sums, combined []*ir.Variable
			for _, op := range p.Ops {
				if v := op.Partial(); v != nil {
					sums = append(sums, v)
				} else if op.Kind == ir.OpConvWeights {
					sums = append(sums, op.Conv.Weights) // from what the phase keeps
				}
			}
			for _, op := range p.Finish {
				if op.Kind == ir.OpReduce {
					combined = append(combined, reduced(op))
				}
			}
			for _, v := range sums {
				if !slices.Contains(combined, v) {
					t.Fatalf("phase %s %s: got no combination of the gradients of %s, want one", p.Name, p.Pass, v.Name)
				}
			}
			if len(sums) != len(combined) {
				t.Fatalf("phase %s %s: got %d combinations, want %d", p.Name, p.Pass, len(combined), len(sums))
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) { check(t, drawSpec(t)) })
	check(t, wideBiases)
}

// TestBiasesInferred holds that an inference adds each convolution's biases once: with the output,
// or with the shift of the norm that is folded into the convolution.
func TestBiasesInferred(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := lowered(t, drawSpec(t))
		if err := Run(Inference, g, func(string, *ir.Graph) {}); err != nil {
			t.Fatal(err)
		}
		for op := range g.AllOps() {
			if op.Kind != ir.OpConv || op.Conv.Bias == nil {
				continue
			}
			folded := slices.ContainsFunc(g.Norms, func(n *ir.Norm) bool { return n.Folded == op.Conv })
			if added := op.Bias == op.Conv.Bias; added == folded {
				t.Fatalf("%s: got biases added %v, and in a norm's shift %v, want one of these", op.Conv.Bias.Variable.Name, added, folded)
			}
		}
	})
}

// lowered returns the forward pass of a spec.
func lowered(t fataler, text string) *ir.Graph {
	net, err := spec.Parse("drawn.yaml", []byte(text))
	if err != nil {
		t.Fatalf("spec: %v\n%s", err, text)
	}
	return lower.Lower(net)
}

// fataler is a test, or a draw of one.
type fataler interface{ Fatalf(string, ...any) }
