package dashboard

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train"
	"github.com/resnetgen/resnetgen/runtime/train/eval"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// scene is a run without a trainer: the test plays it.
type scene struct {
	t    testing.TB
	o    *observer
	view *train.RunView
	net  *fakenet.Net

	mu   sync.Mutex
	said []string
}

// begin opens the dashboard of a run in a folder, whose parent may have others.
func begin(t testing.TB, out, address string, done int) *scene {
	t.Helper()
	p, flags := Part(), pflag.NewFlagSet("", pflag.ContinueOnError)
	p.Flags(flags)
	if err := flags.Parse([]string{"--dashboard", address}); err != nil {
		t.Fatal(err)
	}
	o, err := p.Observer()
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{t: t, o: o.(*observer), net: fakenet.New(network.Options{})}
	s.view = &train.RunView{
		Info: &fakenet.Info, Net: s.net, Train: twoImages(), Test: twoImages(), EvalPart: "validation", Classes: []string{"left", "middle", "right"},
		Out: runs.Folder(out), Done: done, Before: &runs.Curves{},
		Log: func(format string, args ...any) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.said = append(s.said, fmt.Sprintf(format, args...))
		},
	}
	if err := s.o.Watch(s.view); err != nil {
		t.Fatal(err)
	}
	s.o.Start(done, 100, 10)
	return s
}

func (s *scene) url() string { return fmt.Sprintf("http://%s/", s.o.listener.Addr()) }

// step plays a training step whose point is told at once.
func (s *scene) step(step int, loss float64) {
	images := make([]float32, fakenet.Height*fakenet.Width)
	s.net.TrainStep(images, []int32{0}, 0)
	s.o.Step(step, network.Metrics{Images: 1000, Correct: 750, Loss: loss}, 0.05, pointInterval)
}

// evaluate plays an evaluation.
func (s *scene) evaluate(step int, correct int) {
	s.o.Tested(step, &eval.Test{
		Set: s.view.Test, Classes: 3, Confusion: []int{3, 1, 0, 0, 4, 0, 2, 0, 2},
		Mistakes: []eval.Mistake{{Image: 1, Label: 2, Predicted: 0, Confidence: 0.97}, {Image: 0, Label: 0, Predicted: 1, Confidence: 0.6}},
	})
	s.o.Evaluated(step, step/10, network.Metrics{Images: 12, Correct: correct, Loss: 0.75}, true)
}

// twoImages is a set of two images.
func twoImages() *dataset.Set {
	s := &dataset.Set{Name: "columns", Height: fakenet.Height, Width: fakenet.Width, Channels: 1, Classes: 3, Labels: []int32{0, 2}}
	for i := range 2 * s.Size() {
		s.Images = append(s.Images, byte(10*i))
	}
	return s
}

// another writes a run that is over beside the others.
func another(t testing.TB, folder string) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"run.json":  "{}",
		"train.csv": "step,loss,learning_rate,accuracy\n1,2.5,0.1,0.25\n40,1.5,0.1,0.5\n",
		"eval.csv":  "step,epoch,accuracy,best_accuracy,xent,loss\n20,2,0.5,0.5,1,1.25\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// fail writes a run that has ended by an error.
func fail(t testing.TB, folder, reason string) {
	t.Helper()
	another(t, folder)
	text, err := json.Marshal(map[string]any{"msg": "failed", "step": 7, "error": reason})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, runs.LogFile), text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// port returns a loopback address that is free.
func port(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// connected opens a connection to an address on which somebody is about to listen.
func connected(t testing.TB, address string) net.Conn {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", address)
		if err == nil {
			t.Cleanup(func() { _ = c.Close() })
			return c
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

// drop ends all connections, as a network that fails does.
func (s *scene) drop() {
	s.o.hub.mu.Lock()
	defer s.o.hub.mu.Unlock()
	for len(s.o.hub.pages) > 0 {
		s.o.hub.drop(0)
	}
}
