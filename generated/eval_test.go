package generated_test

import (
	"hash/maphash"
	"math"
	"slices"
	"testing"
	"unsafe"

	"github.com/resnetgen/resnetgen/runtime/network"
)

// arena returns all memory of a network but the workers' scratch. The variable at its start is the
// first of the decayed.
func arena(net network.Network, info *network.Info) []float32 {
	for _, v := range net.Variables() {
		if v.Decayed {
			return unsafe.Slice(&v.Value[0], info.ArenaBytes/4)
		}
	}
	panic("got no decayed variable, want the convolutions' weights")
}

// region is the elements of the arena, [first, end).
type region struct{ first, end int }

func regionOf(b *network.Buffer) region {
	return region{int(b.Offset / 4), int((b.Offset + b.Bytes) / 4)}
}

// evaluated lists what an evaluation may write: packed weights, coefficients, losses, tensors that
// a forward phase makes, and of the norms' sums the image's own, a third at the end, which are
// counted beside each store.
func evaluated(t *testing.T, info *network.Info) (regions []region) {
	kept := []string{"packed weights", "coefficients of norms", "losses", "sums of norms"}
	for i := range info.Buffers {
		b := &info.Buffers[i]
		r := regionOf(b)
		switch {
		case b.Shape != nil && info.Phases[b.First].Pass == "forward":
		case b.Shape == nil && slices.Contains(kept, b.Name):
			kept = slices.DeleteFunc(kept, func(name string) bool { return name == b.Name })
			if b.Name == "sums of norms" {
				r.first += (r.end - r.first) / 3 * 2
			}
		default:
			continue
		}
		regions = append(regions, r)
	}
	if len(kept) > 0 {
		t.Errorf("%s: got no buffers %v, want them in Info", info.Name, kept)
	}
	return regions
}

// poison fills what an evaluation may write or must not read with numbers that are none: the
// tensors, and everything of gradients.
func poison(memory []float32, info *network.Info) {
	spoilt := []string{"gradients", "momentum", "gradients of groups", "packed weights", "coefficients of norms", "losses"}
	for i := range info.Buffers {
		if b := &info.Buffers[i]; b.Shape != nil || slices.Contains(spoilt, b.Name) {
			r := regionOf(b)
			for k := r.first; k < r.end; k++ {
				memory[k] = float32(math.NaN())
			}
		}
	}
}

// TestEvalTouchesNoBackwardBuffer poisons what an evaluation does not need, and holds that its
// result is the same and that it writes only what the forward pass does.
func TestEvalTouchesNoBackwardBuffer(t *testing.T) {
	for _, n := range networks[:2] { // the third has 1.6 GiB, and no operation of the forward pass that these have not
		images, labels := n.batch()
		net := n.fresh(2)
		net.TrainStep(images, labels, 0.1)
		want := net.Eval(images, labels)
		memory := arena(net, n.info)
		poison(memory, n.info)
		before := slices.Clone(memory)
		if got := net.Eval(images, labels); got != want || math.IsNaN(got.Loss) {
			t.Errorf("%s: got %+v among poison, want %+v", n.info.Name, got, want)
		}
		allowed := make([]bool, len(memory))
		for _, r := range evaluated(t, n.info) {
			for k := r.first; k < r.end; k++ {
				allowed[k] = true
			}
		}
		written := 0
		for k := range memory {
			if math.Float32bits(memory[k]) == math.Float32bits(before[k]) {
				continue
			}
			written++
			if !allowed[k] {
				t.Errorf("%s: byte %d of the arena: got it written, want it left alone: no forward phase has it", n.info.Name, 4*k)
				break
			}
		}
		if written == 0 {
			t.Errorf("%s: got nothing written, want the tensors: is this the arena?", n.info.Name)
		}
		net.Close()
	}
}

// TestEvalRunsForwardAlone holds that an evaluation runs the phases of the forward pass and no
// other.
func TestEvalRunsForwardAlone(t *testing.T) {
	for _, n := range networks {
		images, labels := n.batch()
		net := n.fresh(2)
		times := network.Profile{Nanoseconds: make([]int64, len(n.info.Phases))}
		net.Profile(&times)
		net.Eval(images, labels)
		net.Close()
		for k, p := range n.info.Phases {
			if ran, want := times.Nanoseconds[k] > 0, p.Pass == "pack" || p.Pass == "forward"; ran != want {
				t.Errorf("%s: %s %s: got run %v, want %v", n.info.Name, p.Name, p.Pass, ran, want)
			}
		}
	}
}

// TestEvalBetweenSteps holds that evaluations between training steps change no bit of what these
// leave.
func TestEvalBetweenSteps(t *testing.T) {
	seed := maphash.MakeSeed()
	n := networks[0]
	images, labels := n.batch()
	var want string
	for _, evaluations := range []int{0, 2} {
		net := n.fresh(2)
		net.TrainStep(images, labels, 0.1)
		for range evaluations {
			net.Eval(images[:len(images)/n.images], labels[:1])
			net.Logits(images)
		}
		got := stepDigest(net, net.TrainStep(images, labels, 0.1), seed)
		net.Close()
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("with %d evaluations in between: got\n%s\nwant, as with none,\n%s", evaluations, got, want)
		}
	}
}
