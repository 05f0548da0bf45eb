package tensorboard_test

import (
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/tensorboard"
	"github.com/resnetgen/resnetgen/runtime/train"
	"github.com/resnetgen/resnetgen/runtime/train/recipe"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// columns is n images of three classes.
func columns(n int) *dataset.Set {
	s := &dataset.Set{Name: "columns", Height: fakenet.Height, Width: fakenet.Width, Channels: 1, Classes: fakenet.Classes}
	for i := range n {
		s.Labels = append(s.Labels, int32(i%fakenet.Classes))
		for p := range s.Size() {
			s.Images = append(s.Images, byte(10*p+i))
		}
	}
	return s
}

// stopper stops a run after a step.
type stopper struct {
	at   int
	stop func()
}

func (s *stopper) Start(int, int, int)                       {}
func (s *stopper) Evaluated(int, int, network.Metrics, bool) {}
func (s *stopper) Stop()                                     {}
func (s *stopper) Step(step int, _ network.Metrics, _ float64, _ time.Duration) {
	if step == s.at {
		s.stop()
	}
}

// observer returns the part's observer with its default flags.
func observer(t *testing.T) train.Observer {
	t.Helper()
	part := tensorboard.Part()
	part.Flags(pflag.NewFlagSet("", pflag.ContinueOnError))
	o, err := part.Observer()
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func options(t *testing.T, out string) train.Options {
	return train.Options{
		Info: &fakenet.Info, Net: fakenet.New(network.Options{}),
		Recipe: recipe.Recipe{Schedule: recipe.Schedule{Kind: "cosine", Start: 0.1}, Augment: dataset.Augment{Flip: "none"}},
		Train:  columns(24), Test: columns(9), Epochs: 4, Seed: 3, Out: runs.Folder(out),
		Progress: &stopper{}, Observers: []train.Observer{observer(t)},
	}
}

// TestOff holds that nobody observes if the flag says so.
func TestOff(t *testing.T) {
	part, flags := tensorboard.Part(), pflag.NewFlagSet("", pflag.ContinueOnError)
	part.Flags(flags)
	if err := flags.Parse([]string{"--tensorboard=false"}); err != nil {
		t.Fatal(err)
	}
	if o, err := part.Observer(); o != nil || err != nil {
		t.Errorf("got %v, %v, want nobody", o, err)
	}
}
