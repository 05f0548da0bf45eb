//go:build mpi

package ranks

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/resnetgen/resnetgen/internal/printable"
	"github.com/resnetgen/resnetgen/runtime/mpi"
)

// heartbeatInterval is the time between two signs of life.
const heartbeatInterval = time.Second

// heartbeat tells the other ranks every second that this one is alive, even while it computes,
// evaluates or waits for a disk. It stops the run when a rank has been silent for too long, since
// MPI itself waits forever.
type heartbeat struct {
	link     *link
	comm     *mpi.Comm
	patience time.Duration
	heard    []time.Time // of each rank
	missed   []bool      // of each rank: its silence has been told
	sent     []mpi.Request
	out, in  []float64
	quit     chan struct{}
	quitted  chan struct{}
}

func newHeartbeat(l *link, comm *mpi.Comm, patience time.Duration) *heartbeat {
	p := &heartbeat{
		link: l, comm: comm, patience: patience, heard: make([]time.Time, l.size), missed: make([]bool, l.size), sent: make([]mpi.Request, l.size),
		out: mpi.Doubles(1), in: mpi.Doubles(1), quit: make(chan struct{}), quitted: make(chan struct{}),
	}
	for rank := range p.heard {
		p.heard[rank] = time.Now()
	}
	go p.run()
	return p
}

// end ends the signs of life. Others may not have come to their end yet; their patience covers
// that.
func (p *heartbeat) end() {
	close(p.quit)
	<-p.quitted
}

func (p *heartbeat) run() {
	defer close(p.quitted)
	ticks := time.NewTicker(heartbeatInterval)
	defer ticks.Stop()
	before := time.Now()
	for {
		select {
		case <-p.quit:
			return
		case <-ticks.C:
			p.exchange()
			if time.Since(before) > 2*heartbeatInterval { // this process has been stopped itself, and has not listened
				p.forgive()
			}
			before = time.Now()
			p.judge()
		}
	}
}

// exchange sends a sign to each rank that has taken the one before, and takes those that have come.
func (p *heartbeat) exchange() {
	p.link.mutex.Lock()
	defer p.link.mutex.Unlock()
	for rank := range p.sent {
		if rank != p.link.rank && p.sent[rank].Test(1) {
			p.comm.Send(&p.sent[rank], p.out, rank)
		}
	}
	for {
		from, ok := p.comm.Receive(p.in)
		if !ok {
			return
		}
		p.heard[from] = time.Now()
	}
}

func (p *heartbeat) forgive() {
	for rank := range p.heard {
		p.heard[rank] = time.Now()
	}
}

// judge names a rank that has been silent for a third of the patience, before an mpirun that has
// lost its machine ends this rank too, and ends the run if that goes on.
func (p *heartbeat) judge() {
	for rank, last := range p.heard {
		silence := time.Since(last)
		if rank == p.link.rank || silence <= p.patience/3 {
			p.missed[rank] = false
			continue
		}
		if !p.missed[rank] {
			p.missed[rank] = true
			p.say(rank, silence, fmt.Sprintf("after %v the run ends", p.patience))
		}
		if silence > p.patience {
			p.say(rank, silence, "the run ends; --resume continues from its last checkpoint")
			p.abort()
		}
	}
}

func (p *heartbeat) say(rank int, silence time.Duration, then string) {
	own := p.link.rank
	printable.Fprintf(os.Stderr, "rank %d (%s) has been silent for %v, reports rank %d (%s): %s\n",
		rank, p.link.names[rank], silence.Round(time.Second), own, p.link.names[own], then)
}

// abort ends all ranks that can be reached, and this one in any case.
func (p *heartbeat) abort() {
	const grace = 3 * time.Second
	time.AfterFunc(grace, func() {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL) // MPI's own end hangs; a signal of one's own always arrives
	})
	mpi.Abort(1)
}
