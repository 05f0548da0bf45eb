// Command kernels measures the convolution kernels beside oneDNN's, on one core and in one run, and
// prints a table of shares of the multiply-add peak: medians of rounds, in each of which the peak,
// our kernels and oneDNN take turns.
//
//	taskset -c 0 go run ./bench/kernels -peer bin/onednn
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/cpuid/v2"

	"github.com/resnetgen/resnetgen/asm/cpu"
	"github.com/resnetgen/resnetgen/asm/f32"
)

// The columns of a row that are shares of the peak.
const (
	direct         = "direct"
	winograd       = "Winograd"
	directAVX512   = "direct, AVX-512"
	winogradAVX512 = "Winograd, AVX-512"
	peerBest       = "oneDNN, best of all"
	peerDirect     = "oneDNN, AVX2 direct"
)

var columns = []string{direct, winograd, directAVX512, winogradAVX512, peerBest, peerDirect}

// bench is one run.
type bench struct {
	rounds, milliseconds int
	only                 string
	best, avx2           *peer // nil: no peer
}

func main() {
	b := &bench{}
	flag.IntVar(&b.rounds, "rounds", 11, "`rounds` of which the median counts")
	flag.IntVar(&b.milliseconds, "ms", 15, "`milliseconds` a measurement")
	flag.StringVar(&b.only, "only", "", "measure only shapes whose `name` begins so")
	program := flag.String("peer", "", "the `program` built from bench/onednn")
	flag.Parse()
	if err := b.run(*program); err != nil {
		fmt.Fprintln(os.Stderr, "kernels:", err)
		os.Exit(1)
	}
}

func (b *bench) run(program string) (err error) {
	runtime.GOMAXPROCS(1)
	if program != "" {
		if b.best, err = startPeer(program, ""); err != nil {
			return err
		}
		if b.avx2, err = startPeer(program, "AVX2"); err != nil {
			return err
		}
	}
	b.heading()
	for i := range shapes {
		if s := &shapes[i]; strings.HasPrefix(s.name, b.only) {
			if err := b.shape(s); err != nil {
				return err
			}
		}
	}
	for _, p := range []*peer{b.best, b.avx2} {
		if p != nil {
			if err := p.stop(); err != nil {
				return err
			}
		}
	}
	return nil
}

// heading prints what the table is of.
func (b *bench) heading() {
	fmt.Printf("# Convolution kernels\n\n%s, %s; `make bench-kernels`; medians of %d rounds, one core.\n", strings.TrimSpace(cpuid.CPU.BrandName), runtime.Version(), b.rounds)
	fmt.Printf("Shares of the AVX2 multiply-add peak of the same round, in operations of the direct convolution. That peak is %.0f GFLOP/s", peakOf(cpu.AVX2)/1e9)
	if b.wide() {
		fmt.Printf(" here, that of AVX-512 %.0f", peakOf(cpu.AVX512)/1e9)
	}
	fmt.Printf(".\n\n| shape | pass | %s | GFLOP/s | over oneDNN's best | AVX2 direct over oneDNN's |\n|%s\n",
		strings.Join(columns, " | "), strings.Repeat(" --- |", len(columns)+5))
}

// wide reports whether the kernels use AVX-512 here.
func (b *bench) wide() bool { return cpu.Active() >= cpu.AVX512 }

// peakOf measures the peak of a level.
func peakOf(level cpu.Level) float64 {
	defer cpu.Set(level)()
	return f32.PeakFLOPS()
}

func (b *bench) shape(s *shape) error {
	directs, winograds := s.direct(), map[string]func(){}
	if s.winograd {
		winograds = s.byWinograd()
	}
	for _, pass := range passes {
		if s.in == 3 && pass == "bwd_data" {
			continue // the images' gradient is never asked for
		}
		samples := map[string][]float64{}
		if b.best != nil {
			if err := b.best.prepare(s, pass); err != nil {
				return err
			}
			if err := b.avx2.prepare(s, pass); err != nil {
				return err
			}
		}
		for range b.rounds {
			if err := b.round(s, directs[pass], winograds[pass], samples); err != nil {
				return err
			}
		}
		print(s, pass, samples)
	}
	return nil
}

// round adds a sample of each column, and the round's peak in GFLOP/s under "peak".
func (b *bench) round(s *shape, byDirect, byWinograd func(), samples map[string][]float64) error {
	peak := peakOf(cpu.AVX2)
	samples["peak"] = append(samples["peak"], peak/1e9)
	add := func(column string, nanoseconds float64) {
		samples[column] = append(samples[column], s.flops()/nanoseconds*1e9/peak)
	}
	ours := func(level cpu.Level, directColumn, winogradColumn string) {
		defer cpu.Set(level)()
		add(directColumn, b.time(s, byDirect))
		if byWinograd != nil {
			add(winogradColumn, b.time(s, byWinograd))
		}
	}
	ours(cpu.AVX2, direct, winograd)
	if b.wide() {
		ours(cpu.AVX512, directAVX512, winogradAVX512)
	}
	if b.best == nil {
		return nil
	}
	own, err := b.best.run(b.milliseconds)
	if err != nil {
		return err
	}
	lower, err := b.avx2.run(b.milliseconds)
	if err != nil {
		return err
	}
	fastest := lower["direct"]
	for _, times := range []map[string]float64{own, lower} {
		for _, t := range times {
			fastest = min(fastest, t)
		}
	}
	add(peerBest, fastest)
	add(peerDirect, lower["direct"])
	return nil
}

// time returns nanoseconds an image.
func (b *bench) time(s *shape, batch func()) float64 {
	runs, start := 0, time.Now()
	for time.Since(start) < time.Duration(b.milliseconds)*time.Millisecond {
		batch()
		runs++
	}
	return float64(time.Since(start).Nanoseconds()) / float64(runs*s.batch)
}

// print writes the row of a shape and pass.
func print(s *shape, pass string, samples map[string][]float64) {
	share := func(column string) float64 { return median(samples[column]) }
	row := fmt.Sprintf("%s: %d×%d, %d→%d, %d×%d", s.name, s.kernel, s.kernel, s.in, s.out, s.size, s.size)
	if s.stride > 1 {
		row += fmt.Sprintf(", stride %d", s.stride)
	}
	row += " | " + pass
	for _, column := range columns {
		if len(samples[column]) == 0 {
			row += " | –"
		} else {
			row += fmt.Sprintf(" | %.2f", share(column))
		}
	}
	over := func(ours, peer float64) string {
		if peer == 0 {
			return "–"
		}
		return fmt.Sprintf("%.2f", ours/peer)
	}
	fastest := max(share(direct), share(winograd), share(directAVX512), share(winogradAVX512))
	fmt.Printf("| %s | %.0f | %s | %s |\n", row, fastest*share("peak"), over(fastest, share(peerBest)), over(share(direct), share(peerDirect)))
}

// median returns 0 for no samples.
func median(samples []float64) float64 {
	if len(samples) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(samples))
	return sorted[len(sorted)/2]
}
