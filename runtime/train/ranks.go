package train

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// Ranks are the processes that train one network together, as one of them sees them. Rank 0 leads: it alone reads and writes the
// run's folder and tells how the run goes. All have the data.
type Ranks struct {
	Link       Link
	LocalNorms bool    // see [network.Options]
	FastSums   bool    // likewise
	Scale      float64 // of the learning rate
}

// Link is what a run needs of the link between ranks.
type Link interface {
	network.Link
	// Names returns a name for each rank: host and process.
	Names() []string
	// Waited returns how long this rank has waited for others, so far.
	Waited() time.Duration
	// Close returns when all ranks have called it, and ends the link.
	Close()
}

// RankState is how a rank fared in a step.
type RankState struct {
	Name   string // host and process
	Took   time.Duration
	Waited time.Duration // of Took, for the others
}

// RankObserver is an Observer that is told of the ranks, before each Step.
type RankObserver interface {
	// Ranks is how each rank fared; the slice is the run's own, until the next step.
	Ranks([]RankState)
}

// company is a run's part in its ranks. A nil one is alone.
type company struct {
	*Ranks
	classes int
	states  []RankState
	waited  time.Duration // before this step
	own     []float64
	all     []float64
}

func newCompany(r *Ranks, classes int) *company {
	if r == nil || r.Link.Size() == 1 {
		return nil
	}
	c := &company{Ranks: r, classes: classes}
	for _, name := range r.Link.Names() {
		c.states = append(c.states, RankState{Name: name})
	}
	return c
}

// leads says whether this process reads and writes.
func (c *company) leads() bool { return c == nil || c.Link.Rank() == 0 }

// size returns the number of processes.
func (c *company) size() int {
	if c == nil {
		return 1
	}
	return c.Link.Size()
}

// gather returns the ranks' numbers, one after the other, valid until the next call.
func (c *company) gather(own ...float64) []float64 {
	if n := len(own) * c.Link.Size(); cap(c.all) < n {
		c.own, c.all = make([]float64, 0, len(own)), make([]float64, n)
	}
	c.own, c.all = append(c.own[:0], own...), c.all[:len(own)*c.Link.Size()]
	c.Link.Gather(c.all, c.own)
	return c.all
}

// anyOf says whether a condition holds for any rank.
func (c *company) anyOf(own bool) bool {
	if c == nil {
		return own
	}
	number := 0.0
	if own {
		number = 1
	}
	return slices.Contains(c.gather(number), 1)
}

// stepped exchanges how the ranks fared in a step.
func (c *company) stepped(took time.Duration) []RankState {
	waited := c.Link.Waited()
	all := c.gather(took.Seconds(), (waited - c.waited).Seconds())
	c.waited = c.Link.Waited()
	for rank := range c.states {
		c.states[rank].Took, c.states[rank].Waited = seconds(all[2*rank]), seconds(all[2*rank+1])
	}
	return c.states
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// Agreed is an error that all ranks know of: they may end together.
type Agreed struct{ Err error }

// Error returns what Err says.
func (a Agreed) Error() string { return a.Err.Error() }

// Unwrap returns what is wrong.
func (a Agreed) Unwrap() error { return a.Err }

// errElsewhere ends a rank when rank 0 has not been able to begin.
var errElsewhere = errors.New("rank 0 could not begin the run, and says why")

// Agree refuses ranks that differ in any of what is described, name by name.
func Agree(link Link, described map[string]string) error {
	const words = sha256.Size / 4
	names := link.Names()
	var wrong []string
	for _, key := range slices.Sorted(maps.Keys(described)) {
		sum := sha256.Sum256([]byte(described[key]))
		own := make([]float64, words)
		for i := range own {
			own[i] = float64(binary.LittleEndian.Uint32(sum[4*i:]))
		}
		all := make([]float64, words*link.Size())
		link.Gather(all, own)
		for rank := range link.Size() {
			if !slices.Equal(all[rank*words:][:words], all[:words]) {
				wrong = append(wrong, fmt.Sprintf("rank %d (%s): got another %s than rank 0 (%s)", rank, names[rank], key, names[0]))
			}
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("the ranks of a run have to be alike:\n  %s", strings.Join(wrong, "\n  "))
	}
	return nil
}

// agree refuses ranks that would not train the same.
func (r *runner) agree() error {
	if r.company == nil {
		return nil
	}
	if err := network.CheckRanks(r.Info, r.company.size(), r.batch); err != nil {
		return Agreed{err}
	}
	id := r.id
	described := map[string]string{"spec": id.Spec, "data": id.DataHash, "length of the run": fmt.Sprint(r.total, r.SaveEvery, r.Validation)}
	id.Spec, id.DataHash = "", ""
	settings, err := json.Marshal(id)
	if err != nil {
		return err
	}
	described["settings"] = string(settings)
	if err := Agree(r.company.Link, described); err != nil {
		return Agreed{err}
	}
	return nil
}

// beginTogether lets rank 0 begin, and takes its state to the others.
func (r *runner) beginTogether() error {
	if r.company == nil {
		return r.begin()
	}
	var err error
	if r.company.leads() {
		err = r.begin()
	} else {
		r.history = &history{}
	}
	if r.company.anyOf(err != nil) {
		if err == nil {
			r.lock.release()
			err = errElsewhere
		}
		return Agreed{err}
	}
	state := r.company.gather(float64(r.step), float64(r.lastEvaluated)) // rank 0's come first
	r.step, r.lastEvaluated = int(state[0]), int(state[1])
	for _, values := range r.stateOfRanks() {
		r.company.Link.Broadcast(values)
	}
	if counter, ok := r.Net.(network.Counter); ok {
		counter.SetStepCount(int(r.company.gather(float64(counter.StepCount()))[0]))
	}
	return nil
}

// stateOfRanks lists all numbers that a run goes on from.
func (r *runner) stateOfRanks() (all [][]float32) {
	for _, v := range r.Net.Variables() {
		all = append(all, v.Value)
		for _, slot := range v.Slots {
			all = append(all, slot.Value)
		}
	}
	return append(all, r.averages.Values()...)
}

// leadNorms gives all ranks the moving averages of rank 0, where each has norms of its own.
func (r *runner) leadNorms() {
	if r.company == nil || !r.company.LocalNorms {
		return
	}
	for _, v := range r.Net.Variables() {
		if !v.Trainable {
			r.company.Link.Broadcast(v.Value)
		}
	}
}

// share returns the images of each batch that are this rank's.
func (r *runner) share() par.Range {
	if r.company == nil {
		return par.Range{First: 0, End: r.batch}
	}
	return network.RankImages(r.batch, r.company.Link.Rank(), r.company.size())
}
