package generated_test

import (
	"bufio"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/resnetgen/resnetgen/generated/resnet20"
	"github.com/resnetgen/resnetgen/runtime/dashboard"
	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/nn"
	"github.com/resnetgen/resnetgen/runtime/train"
)

// BenchmarkDashboard measures what the dashboard costs of a training's speed: pairs of epochs of fashion-mini, one without it
// and one with it, a page that is connected, and an evaluation's pictures.
func BenchmarkDashboard(b *testing.B) {
	const steps = 46 // of an epoch
	set, test, err := dataset.Open("fashion-mini", dataset.Options{})
	if err != nil {
		b.Fatal(err)
	}
	net := resnet20.New(nn.Options{})
	defer net.Close()
	nn.Initialize(net.Variables(), 1)
	images, labels := make([]float32, resnet20.Info.Batch*set.Size()), set.Labels[:resnet20.Info.Batch]
	for i := range labels {
		set.Eval(images[i*set.Size():][:set.Size()], i)
	}
	observer, url := watching(b, &train.View{
		Info: &resnet20.Info, Net: net, Train: set, Test: test, Classes: set.ClassNames,
		Out: train.Folder(filepath.Join(b.TempDir(), "run")), Before: &train.Curves{},
	})
	defer observer.Stop()
	look(b, url)
	observer.Start(0, b.N*steps, steps)
	result := &train.Test{Set: test, Classes: 10, Confusion: make([]int, 100), Mistakes: make([]train.Mistake, 24)}
	done := 0
	block := func(seen bool) float64 {
		start := time.Now()
		for range steps {
			begun := time.Now()
			m := net.TrainStep(images, labels, 0.001)
			if done++; seen {
				observer.Step(done, m, 0.001, time.Since(begun))
			}
		}
		if seen {
			observer.Tested(done, result)
		}
		return time.Since(start).Seconds()
	}
	block(false)
	var without, with, cost []float64
	for i := range b.N {
		first, second := block(i%2 == 1), block(i%2 == 0)
		if i%2 == 1 {
			first, second = second, first
		}
		without, with = append(without, first), append(with, second)
		cost = append(cost, 100*(second/first-1))
	}
	rate := func(seconds []float64) float64 { return steps * float64(len(labels)) / median(seconds) }
	b.ReportMetric(rate(without), "images/s-without")
	b.ReportMetric(rate(with), "images/s-with")
	b.ReportMetric(median(cost), "%-cost")
	b.ReportMetric(0, "ns/op")
}

// watching returns the dashboard's observer of a run, and where its page is.
func watching(b *testing.B, v *train.View) (train.Observer, string) {
	b.Helper()
	part, flags := dashboard.Part(), pflag.NewFlagSet("", pflag.ContinueOnError)
	part.Flags(flags)
	if err := flags.Parse([]string{"--dashboard", "127.0.0.1:0"}); err != nil {
		b.Fatal(err)
	}
	observer, err := part.Observer()
	if err != nil {
		b.Fatal(err)
	}
	url := ""
	v.Log = func(_ string, args ...any) { url = "http://" + args[0].(interface{ String() string }).String() }
	if err := observer.Watch(v); err != nil {
		b.Fatal(err)
	}
	return observer, url
}

// look reads what the page would, until the run ends.
func look(b *testing.B, url string) {
	b.Helper()
	response, err := http.Get(url + "/events")
	if err != nil {
		b.Fatal(err)
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "data: ") {
	}
	go func() {
		defer response.Body.Close()
		for lines.Scan() {
		}
	}()
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
