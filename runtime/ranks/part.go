// Package ranks is a trainer's part that trains one network with several processes, which mpirun
// starts: on one machine or on many. It has the link between them, which notices when one is lost.
// Built without the tag mpi it says how to build, where it is needed.
package ranks

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/resnetgen/resnetgen/runtime/cli"
	"github.com/resnetgen/resnetgen/runtime/train/distributed"
)

// Part returns the trainer's part.
func Part() cli.Launcher { return &part{} }

// part is the flags.
type part struct {
	norms, reduce, scaling string
	patience               time.Duration
}

func (p *part) Flags(f *pflag.FlagSet) {
	f.StringVar(&p.norms, "batch-norm", "sync", "under mpirun: sync takes statistics of the whole batch, with the results of one process; local of each rank's images")
	f.StringVar(&p.reduce, "reduce", "exact", "under mpirun: exact sums gradients in the order of one process; fast leaves the order to MPI, and the results to the number of ranks")
	f.StringVar(&p.scaling, "scale-learning-rate", "none", "under mpirun: none, or linear or sqrt in the number of ranks, for batches that grow with it; see --warmup")
	f.DurationVar(&p.patience, "rank-timeout", 15*time.Second, "under mpirun: how long a rank may be silent before the run is stopped")
}

// The bounds of --rank-timeout.
const shortest, longest = 3 * time.Second, time.Hour

func (p *part) check() error {
	for _, f := range []struct {
		flag, got string
		want      []string
	}{
		{"batch-norm", p.norms, []string{"sync", "local"}},
		{"reduce", p.reduce, []string{"exact", "fast"}},
		{"scale-learning-rate", p.scaling, []string{"none", "linear", "sqrt"}},
	} {
		if !slices.Contains(f.want, f.got) {
			return fmt.Errorf("--%s: got %q, want %s", f.flag, f.got, strings.Join(f.want, " or "))
		}
	}
	if p.patience < shortest || p.patience > longest {
		return fmt.Errorf("--rank-timeout: got %v, want %v to %v", p.patience, shortest, longest)
	}
	return nil
}

// Join joins the ranks that mpirun has started. Ranks that differ it returns with the error: all
// know of it.
func (p *part) Join() (*distributed.Group, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	link, err := join(p.patience)
	if link == nil {
		return nil, err
	}
	r := &distributed.Group{Link: link, LocalNorms: p.norms == "local", FastSums: p.reduce == "fast", Scale: 1}
	switch p.scaling {
	case "linear":
		r.Scale = float64(link.Size())
	case "sqrt":
		r.Scale = math.Sqrt(float64(link.Size()))
	}
	return r, err
}

// launched says whether an mpirun has started this process beside others: the variables are Open
// MPI's and MPICH's.
func launched() bool {
	for _, name := range []string{"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"} {
		if size := os.Getenv(name); size != "" && size != "1" {
			return true
		}
	}
	return false
}
