package cli

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train"
)

// newProgress shows a training that is evaluated on the set of a name: a bar on a terminal, lines
// elsewhere.
func newProgress(out io.Writer, set string) train.Progress {
	if t := terminal(out); t != nil {
		return &bar{out: t, set: set}
	}
	return &progressLines{out: out, set: set}
}

// measures says which part is evaluated.
func (l *progressLines) measures(part string) { l.set = part }

func (b *bar) measures(part string) { b.set = part }

// lineInterval is how often reportLines says something, besides after each epoch.
const lineInterval = 10 * time.Second

// progressLines writes lines, for logs.
type progressLines struct {
	train.Throughput
	out   io.Writer
	set   string
	total int
	last  time.Time
}

func (l *progressLines) Start(step, total, _ int) {
	l.total, l.last = total, time.Now()
	if step > 0 {
		fmt.Fprintf(l.out, "resuming after step %d of %d\n", step, total)
	}
}

func (l *progressLines) Step(step int, m network.Metrics, rate float64, took time.Duration) {
	l.Add(m.Images, took)
	if time.Since(l.last) < lineInterval {
		return
	}
	l.last = time.Now()
	fmt.Fprintf(l.out, "step %d of %d: loss %.4f, accuracy %.3f, learning rate %.4g, %.0f images/s\n",
		step, l.total, m.Loss, m.Accuracy(), rate, l.Rate())
}

func (l *progressLines) Evaluated(step, epoch int, m network.Metrics, best bool) {
	fmt.Fprintln(l.out, evaluationLine(l.set, step, epoch, m, best))
}

func (l *progressLines) Stop() {}

func evaluationLine(set string, step, epoch int, m network.Metrics, best bool) string {
	mark := ""
	if best {
		mark = ", the best so far"
	}
	return fmt.Sprintf("epoch %d, step %d: %s accuracy %.2f %%, cross entropy %.4f%s", epoch, step, set, 100*m.Accuracy(), m.CrossEntropy, mark)
}

// bar draws a progress bar.
type bar struct {
	train.Throughput
	out      io.Writer
	set      string
	perEpoch int
	bars     *mpb.Progress
	bar      *mpb.Bar
	text     atomic.Pointer[string] // mpb reads it while the training goes on
}

func (b *bar) Start(step, total, perEpoch int) {
	b.perEpoch = perEpoch
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

func (b *bar) Step(step int, m network.Metrics, rate float64, took time.Duration) {
	b.Add(m.Images, took)
	if b.Elapsed() > 300*time.Millisecond || *b.text.Load() == "" {
		text := fmt.Sprintf(" epoch %d  loss %.3f  accuracy %.3f  learning rate %.3g  %.0f images/s  ",
			(step-1)/b.perEpoch+1, m.Loss, m.Accuracy(), rate, b.Rate())
		b.text.Store(&text)
	}
	b.bar.EwmaSetCurrent(int64(step), took)
}

func (b *bar) Evaluated(step, epoch int, m network.Metrics, best bool) {
	fmt.Fprintln(b.bars, evaluationLine(b.set, step, epoch, m, best))
}

func (b *bar) Stop() {
	if !b.bar.Completed() {
		b.bar.Abort(false)
	}
	b.bars.Wait()
}
