package generated_test

import (
	"bufio"
	"math"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/resnetgen/resnetgen/generated/resnet20"
	"github.com/resnetgen/resnetgen/runtime/dashboard"
	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train"
	"github.com/resnetgen/resnetgen/runtime/train/eval"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// BenchmarkDashboard measures what the dashboard costs of a training's speed: pairs of steps, one
// without it and one with it, a page that is connected, and after each epoch an evaluation's
// pictures. The dashboard counts the time of the steps that it sees: it has as much to do for them
// as if there were no others. A machine's speed drifts less in a step than in an epoch.
func BenchmarkDashboard(b *testing.B) {
	const steps = 46 // of an epoch of fashion-mini
	set, test, err := dataset.Open("fashion-mini", dataset.Options{})
	if err != nil {
		b.Fatal(err)
	}
	net := resnet20.New(network.Options{})
	defer net.Close()
	network.Initialize(net.Variables(), 1)
	images, labels := make([]float32, resnet20.Info.Batch*set.Size()), set.Labels[:resnet20.Info.Batch]
	for i := range labels {
		set.Eval(images[i*set.Size():][:set.Size()], i)
	}
	observer, url := watching(b, &train.RunView{
		Info: &resnet20.Info, Net: net, Train: set, Test: test, Classes: set.ClassNames,
		Out: runs.Folder(filepath.Join(b.TempDir(), "run")), Before: &runs.Curves{},
	})
	defer observer.Stop()
	look(b, url)
	observer.Start(0, b.N, steps)
	result := &eval.Test{Set: test, Classes: 10, Confusion: make([]int, 100), Mistakes: make([]eval.Mistake, 24)}
	metrics, took := net.TrainStep(images, labels, 0.001), time.Duration(0)
	without := func() time.Duration {
		start := time.Now()
		net.TrainStep(images, labels, 0.001)
		return time.Since(start)
	}
	// What the observer is told of the step before goes on beside this one.
	with := func(step int) time.Duration {
		start := time.Now()
		observer.Step(step, metrics, 0.001, took)
		if step%steps == 0 {
			observer.Tested(step, result)
		}
		begun := time.Now()
		metrics = net.TrainStep(images, labels, 0.001)
		took = time.Since(begun)
		return time.Since(start)
	}
	took = without()
	var alone, seen time.Duration
	costs := make([]float64, b.N) // of each pair, in seconds
	for i := range b.N {
		var a, s time.Duration
		if i%2 == 0 {
			a, s = without(), with(i+1)
		} else {
			s, a = with(i+1), without()
		}
		alone, seen, costs[i] = alone+a, seen+s, (s - a).Seconds()
	}
	rate := func(d time.Duration) float64 { return float64(b.N*len(labels)) / d.Seconds() }
	b.ReportMetric(rate(alone), "images/s-without")
	b.ReportMetric(rate(seen), "images/s-with")
	b.ReportMetric(100*(seen-alone).Seconds()/alone.Seconds(), "%-cost")
	b.ReportMetric(100*standardError(costs)*float64(b.N)/alone.Seconds(), "%-standard-error")
	b.ReportMetric(0, "ns/op")
}

// standardError returns that of the values' mean.
func standardError(values []float64) float64 {
	n, mean, squares := float64(len(values)), 0.0, 0.0
	for _, v := range values {
		mean += v / n
	}
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	return math.Sqrt(squares / (n - 1) / n)
}

// watching returns the dashboard's observer of a run, and where its page is.
func watching(b *testing.B, v *train.RunView) (train.Observer, string) {
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
