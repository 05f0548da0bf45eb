package nn

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/resnetgen/resnetgen/asm/asmtest"
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// TestTree holds the order in which groups are combined.
func TestTree(t *testing.T) {
	for n, want := range map[int]string{
		1:  "g15",
		2:  "(g7+g15)",
		3:  "(g5+(g10+g15))",
		16: "((((g0+g1)+(g2+g3))+((g4+g5)+(g6+g7)))+(((g8+g9)+(g10+g11))+((g12+g13)+(g14+g15))))",
		99: "((((g0+g1)+(g2+g3))+((g4+g5)+(g6+g7)))+(((g8+g9)+(g10+g11))+((g12+g13)+(g14+g15))))",
	} {
		var sums [abi.Groups]string
		for g := range sums {
			sums[g] = fmt.Sprintf("g%d", g)
		}
		root := tree(n, func(left, right int) { sums[left] = "(" + sums[left] + "+" + sums[right] + ")" })
		if got := sums[root]; got != want {
			t.Errorf("%d images: got %s, want %s", n, got, want)
		}
	}
}

// TestReduce holds that the number of workers that share a reduction changes no bit, and that the
// result is the sum of the groups that have images, and decay·value.
func TestReduce(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{1, 2, 7, 16, 100} {
		const length = 700
		start := make([]float32, abi.Groups*length)
		value := make([]float32, length)
		for i := range start {
			start[i] = float32(r.IntN(9) - 4)
		}
		for i := range value {
			value[i] = float32(r.IntN(9) - 4)
		}
		want := make([]float32, length)
		for i := range want {
			want[i] = value[i] / 2
			for g := range abi.Groups {
				if images := GroupImages(n, g); images.First < images.End {
					want[i] += start[g*length+i]
				}
			}
		}
		for workers := 1; workers <= 5; workers++ {
			p := Partials{Memory: append([]float32(nil), start...), Pitch: length, Len: length}
			got := nans(length)
			for k := range workers {
				p.Reduce(got, value, 0.5, &Batch{N: n}, par.Part{Index: k, Of: workers})
			}
			asmtest.SameBits(t, fmt.Sprintf("%d images, %d workers", n, workers), got, want)
		}
	}
}

// counting is a network whose phases count what they are given.
type counting struct {
	sync.Mutex
	images []int
	groups map[int]*scratch
}

type scratch struct{ _ [16]float32 }

// TestCrewEach holds that each image is visited once, and each group by one worker, whatever the
// number of workers and images.
func TestCrewEach(t *testing.T) {
	for _, threads := range []int{1, 2, 3, 5, 16, 40} {
		net := &counting{}
		crew := NewCrew[counting, scratch](net, network.Options{Threads: threads})
		if got, want := crew.Threads(), min(threads, abi.Groups); got != want {
			t.Errorf("got %d workers, want %d", got, want)
		}
		for _, n := range []int{1, 5, 16, 33, 128} {
			net.images, net.groups = make([]int, n), map[int]*scratch{}
			crew.Begin(&Batch{N: n})
			crew.Each(func(net *counting, w *scratch, g int, images par.Range) {
				net.Lock()
				defer net.Unlock()
				if net.groups[g] != nil {
					t.Errorf("group %d came twice", g)
				}
				net.groups[g] = w
				for i := images.First; i < images.End; i++ {
					net.images[i]++
				}
			})
			crew.End()
			for i, count := range net.images {
				if count != 1 {
					t.Fatalf("%d threads, %d images: image %d was visited %d times, want once", threads, n, i, count)
				}
			}
		}
		crew.Close()
	}
}

// TestCrewProfile holds that a profile has the phases' times and counts the steps.
func TestCrewProfile(t *testing.T) {
	crew := NewCrew[counting, scratch](&counting{}, network.Options{Threads: 1})
	defer crew.Close()
	p := &network.Profile{Nanoseconds: make([]int64, 2)}
	crew.SetProfile(p)
	spin := func() {
		for x := 1.0; x < 1e5; x += 0.5 {
			_ = x
		}
	}
	for range 3 {
		crew.Begin(&Batch{N: 1})
		crew.Split(func(*counting, par.Part) { spin() })
		crew.Each(func(*counting, *scratch, int, par.Range) { spin() })
		crew.SplitSamePhase(func(*counting, par.Part) { spin() })
		crew.End()
	}
	if p.Steps != 3 || p.Nanoseconds[0] <= 0 || p.Nanoseconds[1] <= 0 {
		t.Errorf("got %+v, want 3 steps and a time for both phases", *p)
	}
}

// TestParameters holds that the number of workers changes no bit of an update or of the decay term.
func TestParameters(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	fill := func() []float32 {
		s := make([]float32, 1600)
		for i := range s {
			s[i] = float32(r.NormFloat64())
		}
		return s
	}
	value, gradient, momentum := fill(), fill(), fill()
	var want Parameters
	for workers := 1; workers <= 5; workers++ {
		clone := func(s []float32) []float32 { return append([]float32(nil), s...) }
		p := Parameters{Value: clone(value), Gradient: clone(gradient), Slots: [][]float32{clone(momentum)}, Decayed: 1333}
		for k := range workers {
			p.SumSquares(par.Part{Index: k, Of: workers})
		}
		decay := p.WeightDecayLoss(0.25)
		for k := range workers {
			p.UpdateMomentum(0.1, 0.9, par.Part{Index: k, Of: workers})
			p.UpdateSGD(0.1, par.Part{Index: k, Of: workers})
		}
		if workers == 1 {
			want = p
			continue
		}
		if got := want.WeightDecayLoss(0.25); decay != got {
			t.Errorf("%d workers: got decay %g, want %g", workers, decay, got)
		}
		asmtest.SameBits(t, "value", p.Value, want.Value)
		asmtest.SameBits(t, "momentum", p.Slots[0], want.Slots[0])
	}
}

// TestNewBatch holds what is said of a call that does not fit.
func TestNewBatch(t *testing.T) {
	info := &network.Info{Name: "net", Input: [3]int{2, 2, 1}, Classes: 3, Capacity: 2}
	for want, call := range map[string]func(){
		"want 1 to 2 images of 4":       func() { NewBatch(info, make([]float32, 5), nil, true) },
		"got 12 values":                 func() { NewBatch(info, make([]float32, 12), nil, true) },
		"got 0 values":                  func() { NewBatch(info, nil, nil, true) },
		"got 1 labels":                  func() { NewBatch(info, make([]float32, 8), []int32{0}, true) },
		"labels[1]: got 3, want 0 to 2": func() { NewBatch(info, make([]float32, 8), []int32{0, 3}, true) },
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, want) {
					t.Errorf("got panic %q, want %q in it", got, want)
				}
			}()
			call()
		}()
	}
}
