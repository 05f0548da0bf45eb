package cli

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/resnetgen/resnetgen/runtime/nn"
	"github.com/resnetgen/resnetgen/runtime/train"
)

// newProgress shows a training: a bar on a terminal, lines elsewhere.
func newProgress(out io.Writer) progress {
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &bar{out: out}
	}
	return &reportLines{out: out}
}

// progress is told what it will be told of evaluations of.
type progress interface {
	train.Progress
	evaluates(validation bool)
}

// pace is what both kinds of progress show of the speed.
type pace struct {
	total, perEpoch int
	validation      bool // images held out are evaluated, not the test set
	images          int
	taken           time.Duration
}

func (p *pace) evaluates(validation bool) { p.validation = validation }

// count adds a step.
func (p *pace) count(m nn.Metrics, took time.Duration) {
	p.images += m.Images
	p.taken += took
}

// rate is the number of images a second since the last call.
func (p *pace) rate() float64 {
	rate := float64(p.images) / max(p.taken.Seconds(), 1e-9)
	p.images, p.taken = 0, 0
	return rate
}

// lineInterval is how often reportLines says something, besides after each epoch.
const lineInterval = 10 * time.Second

// reportLines writes lines, for logs.
type reportLines struct {
	pace
	out  io.Writer
	last time.Time
}

func (l *reportLines) Start(step, total, perEpoch int) {
	l.total, l.perEpoch, l.last = total, perEpoch, time.Now()
	if step > 0 {
		fmt.Fprintf(l.out, "going on after step %d of %d\n", step, total)
	}
}

func (l *reportLines) Step(step int, m nn.Metrics, rate float64, took time.Duration) {
	l.count(m, took)
	if time.Since(l.last) < lineInterval {
		return
	}
	l.last = time.Now()
	fmt.Fprintf(l.out, "step %d of %d: cost %.4f, precision %.3f, learning rate %.4g, %.0f images/s\n",
		step, l.total, m.Loss, m.Precision(), rate, l.rate())
}

func (l *reportLines) Evaluated(step, epoch int, m nn.Metrics, best bool) {
	fmt.Fprintln(l.out, l.evaluationLine(step, epoch, m, best))
}

func (l *reportLines) Stop() {}

func (p *pace) evaluationLine(step, epoch int, m nn.Metrics, best bool) string {
	set, mark := "test", ""
	if p.validation {
		set = "validation"
	}
	if best {
		mark = ", the best so far"
	}
	return fmt.Sprintf("epoch %d, step %d: %s precision %.2f %%, cross entropy %.4f%s", epoch, step, set, 100*m.Precision(), m.CrossEntropy, mark)
}

// bar draws a progress bar.
type bar struct {
	pace
	out  io.Writer
	bars *mpb.Progress
	bar  *mpb.Bar
	text atomic.Pointer[string] // mpb reads it while the training goes on
}

func (b *bar) Start(step, total, perEpoch int) {
	b.total, b.perEpoch = total, perEpoch
	b.text.Store(new(string))
	b.bars = mpb.New(mpb.WithOutput(b.out), mpb.WithWidth(40))
	b.bar = b.bars.AddBar(int64(total),
		mpb.PrependDecorators(decor.CountersNoUnit("step %d/%d ")),
		mpb.AppendDecorators(
			decor.Any(func(decor.Statistics) string { return *b.text.Load() }),
			decor.OnComplete(decor.EwmaETA(decor.ET_STYLE_GO, 30), "done"),
		))
	b.bar.SetCurrent(int64(step))
}

func (b *bar) Step(step int, m nn.Metrics, rate float64, took time.Duration) {
	b.count(m, took)
	if b.taken > 300*time.Millisecond || *b.text.Load() == "" {
		text := fmt.Sprintf(" epoch %d  cost %.3f  precision %.3f  rate %.3g  %.0f images/s  ",
			(step-1)/b.perEpoch+1, m.Loss, m.Precision(), rate, b.rate())
		b.text.Store(&text)
	}
	b.bar.EwmaSetCurrent(int64(step), took)
}

func (b *bar) Evaluated(step, epoch int, m nn.Metrics, best bool) {
	fmt.Fprintln(b.bars, b.evaluationLine(step, epoch, m, best))
}

func (b *bar) Stop() {
	if !b.bar.Completed() {
		b.bar.Abort(false)
	}
	b.bars.Wait()
}
