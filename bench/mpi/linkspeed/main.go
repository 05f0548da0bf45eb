// Linkspeed measures what carries the numbers between the ranks of a training, under mpirun:
//
//	mpirun -np 2 linkspeed
//
// Rank 0 prints, as JSON, the time of gathering a norm's sums and how fast gradients are exchanged.
// It is built with the tag mpi.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"github.com/resnetgen/resnetgen/runtime/ranks"
	"github.com/resnetgen/resnetgen/runtime/train/distributed"
)

// The sizes are those of ResNet-32: the sums of a norm of 32 channels, and about as many gradients
// as it has.
const normNumbers, gradients = 65, 1 << 19

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "linkspeed:", err)
		os.Exit(2)
	}
}

func run() error {
	part := ranks.Part()
	flags := pflag.NewFlagSet("linkspeed", pflag.ContinueOnError)
	part.Flags(flags)
	if err := flags.Parse(os.Args[1:]); err != nil {
		return err
	}
	joined, err := part.Join()
	if err != nil {
		return err
	}
	if joined == nil {
		return fmt.Errorf("got one process, want more under mpirun")
	}
	link := joined.Link
	result := map[string]float64{
		"ranks":                  float64(link.Size()),
		"gather_us":              gather(link),
		"exchange_gb_per_second": exchange(link),
	}
	if link.Rank() == 0 {
		if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
			return err
		}
	}
	link.Close()
	return nil
}

// gather returns the median time of gathering a norm's sums, in microseconds.
func gather(link distributed.Link) float64 {
	own, all := make([]float64, normNumbers), make([]float64, normNumbers*link.Size())
	return 1e6 * median(2000, func() { link.Gather(all, own) })
}

// exchange returns how many bytes of gradients a rank is rid of in a second, there and back.
func exchange(link distributed.Link) float64 {
	from, pieces, sum := link.Floats(gradients), link.Floats(gradients), link.Floats(gradients)
	seconds := median(30, func() {
		link.Wait(link.StartExchange(pieces, from))
		link.Wait(link.StartGather(sum, pieces[:gradients/link.Size()]))
	})
	return 4 * gradients / seconds / 1e9
}

func median(n int, f func()) float64 {
	times := make([]float64, n)
	for i := range times {
		start := time.Now()
		f()
		times[i] = time.Since(start).Seconds()
	}
	slices.Sort(times)
	return times[n/2]
}
