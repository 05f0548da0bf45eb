//go:build mpi

package ranks

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/resnetgen/resnetgen/runtime/mpi"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/distributed"
)

// link is a distributed.Link over MPI. A communicator for each kind of operation lets one be begun
// while others are on their way, in any order between the kinds.
type link struct {
	rank, size int
	names      []string
	waited     time.Duration

	mutex                   sync.Mutex // of all of MPI
	world, exchange, pieces *mpi.Comm
	request                 mpi.Request // of operations that are awaited at once
	from, to                []float64   // theirs
	values                  []float32
	requests                []mpi.Request // of exchanges
	free                    []network.Exchange

	heartbeat *heartbeat
}

// join returns the link to the other ranks; nil: there are none.
func join(longestSilence time.Duration) (distributed.Link, error) {
	if !launched() {
		return nil, nil //nolint:nilnil // alone
	}
	if err := mpi.Init(); err != nil {
		return nil, err
	}
	world := mpi.World()
	l := &link{rank: world.Rank(), size: world.Size(), world: world, exchange: world.Dup(), pieces: world.Dup()}
	l.names = l.allNames()
	l.heartbeat = newHeartbeat(l, world.Dup(), longestSilence)
	return l, l.agree()
}

// agree refuses ranks of other programs, or with other arguments, and those that cannot read their
// own.
func (l *link) agree() error {
	program, err := programSum()
	described := map[string]string{"program": program, "command line": strings.Join(os.Args[1:], "\x00")}
	if err != nil {
		described["program"] = err.Error()
	}
	if unlike := distributed.CheckEqual(l, described); unlike != nil {
		return unlike
	}
	return err
}

// programSum is the sha256 of the program's file.
func programSum() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

// nameLength is enough for a host's name and a process's number.
const nameLength = 96

// allNames exchanges the ranks' names.
func (l *link) allNames() []string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	own, all := make([]float64, nameLength), make([]float64, nameLength*l.size)
	for i, b := range []byte(fmt.Sprintf("%.80s, process %d", host, os.Getpid())) {
		own[i] = float64(b)
	}
	l.Gather(all, own)
	names := make([]string, l.size)
	for rank := range names {
		var name []byte
		for _, b := range all[rank*nameLength:][:nameLength] {
			if b != 0 {
				name = append(name, byte(b))
			}
		}
		names[rank] = string(name)
	}
	return names
}

func (l *link) Rank() int             { return l.rank }
func (l *link) Size() int             { return l.size }
func (l *link) Names() []string       { return l.names }
func (l *link) Waited() time.Duration { return l.waited }

// looks is how often a waiting rank asks MPI in one call, and pause how many empty rounds it makes
// between two: about a microsecond. The time is passed in Go, not in C: where the runtime's monitor
// meets a thread in C that has run one goroutine for ten milliseconds, it takes the thread's
// processor away, and then looks round every 20 µs for a while, on a core that another rank
// computes on.
const looks, pause = 2, 4000

// patience is how many such rounds come before the core is given away: longer than ranks with cores
// of their own wait for each other as a rule.
const patience = 200

// await returns when an operation has ended.
func (l *link) await(r *mpi.Request) {
	start := time.Now()
	for i := 0; !l.test(r, looks); i++ {
		if i >= patience {
			mpi.Yield()
		}
		for range pause { // time passes
		}
	}
	l.waited += time.Since(start)
}

func (l *link) test(r *mpi.Request, looks int) bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return r.Test(looks)
}

// do begins an operation and awaits it.
func (l *link) do(begin func(*mpi.Request)) {
	l.mutex.Lock()
	begin(&l.request)
	l.mutex.Unlock()
	l.await(&l.request)
}

func (l *link) Gather(to, from []float64) {
	n := len(from)
	if len(l.from) < n {
		l.from, l.to = mpi.Doubles(n), mpi.Doubles(n*l.size)
	}
	copy(l.from, from)
	l.do(func(r *mpi.Request) { l.world.Allgather(r, l.to[:n*l.size], l.from[:n]) })
	copy(to, l.to)
}

func (l *link) Broadcast(values []float32) {
	if len(l.values) < len(values) {
		l.values = mpi.Floats(len(values))
	}
	copy(l.values, values)
	l.do(func(r *mpi.Request) { l.world.Broadcast(r, l.values[:len(values)], 0) })
	copy(values, l.values)
}

func (l *link) Floats(n int) []float32  { return mpi.Floats(n) }
func (l *link) Doubles(n int) []float64 { return mpi.Doubles(n) }

// start begins an exchange.
func (l *link) start(begin func(*mpi.Request)) network.Exchange {
	if len(l.free) == 0 {
		l.requests = append(l.requests, mpi.Request{})
		l.free = append(l.free, network.Exchange(len(l.requests)-1))
	}
	e := l.free[len(l.free)-1]
	l.free = l.free[:len(l.free)-1]
	l.mutex.Lock()
	defer l.mutex.Unlock()
	begin(&l.requests[e])
	return e
}

func (l *link) StartGatherDoubles(to, from []float64) network.Exchange {
	return l.start(func(r *mpi.Request) { l.world.Allgather(r, to, from) })
}

func (l *link) StartExchange(to, from []float32) network.Exchange {
	return l.start(func(r *mpi.Request) { l.exchange.AlltoallFloats(r, to, from) })
}

func (l *link) StartGather(to, from []float32) network.Exchange {
	return l.start(func(r *mpi.Request) { l.pieces.AllgatherFloats(r, to, from) })
}

func (l *link) StartSum(to, from []float32) network.Exchange {
	return l.start(func(r *mpi.Request) { l.exchange.AllreduceFloats(r, to, from) })
}

func (l *link) Done(e network.Exchange) bool {
	if !l.test(&l.requests[e], 1) {
		return false
	}
	l.free = append(l.free, e)
	return true
}

func (l *link) Wait(e network.Exchange) {
	l.await(&l.requests[e])
	l.free = append(l.free, e)
}

// Close awaits the other ranks, and ends MPI.
func (l *link) Close() {
	l.do(func(r *mpi.Request) { l.world.Barrier(r) })
	l.heartbeat.end()
	l.mutex.Lock()
	defer l.mutex.Unlock()
	mpi.Finalize()
}
