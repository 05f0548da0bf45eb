package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// killed is how a test's network ends its process: by a panic that unwinds the run.
type killed struct{}

// killing is a network that is killed when a step begins.
type killing struct {
	network.Network
	before func(step int) // the step that begins
	step   int
}

func (k *killing) TrainStep(images []float32, labels []int32, rate float32) network.Metrics {
	k.step++
	k.before(k.step)
	return k.Network.TrainStep(images, labels, rate)
}

// The runs of the sequences.
const (
	sequenceSteps    = 42
	sequencePerEpoch = 7
)

// model is what is to be in a run's folder after a sequence of trainings, stops, kills and damages.
type model struct {
	*testing.T
	random    *rand.Rand
	out       runs.Folder
	keep      int
	saveEvery int
	accuracy  map[int]float64 // of each epoch's end, by a run that nothing happened to
	end       []byte          // its last checkpoint
	good      []int           // steps whose checkpoints are there and whole, ascending
	evaluated map[int]bool    // of those
	aside     [][]byte        // the contents of damaged checkpoints that were moved aside
	history   []string        // what happened
}

func (m *model) fail(format string, args ...any) {
	m.Helper()
	m.Fatalf("%s\nafter:\n  %s", fmt.Sprintf(format, args...), strings.Join(m.history, "\n  "))
}

func (m *model) did(format string, args ...any) {
	m.history = append(m.history, fmt.Sprintf(format, args...))
}

// saves is the model of writing a checkpoint, and pruning.
func (m *model) saves(step int, evaluated bool) {
	m.good = slices.DeleteFunc(m.good, func(s int) bool { return s >= step })
	m.good = append(m.good, step)
	m.evaluated[step] = evaluated
	kept := slices.Clone(m.good[max(len(m.good)-m.keep, 0):])
	best := -1
	for _, s := range m.good {
		if m.evaluated[s] && (best < 0 || m.accuracy[s] > m.accuracy[best]) {
			best = s
		}
	}
	if best >= 0 && !slices.Contains(kept, best) {
		kept = append([]int{best}, kept...)
	}
	m.good = kept
}

// trains is the model of a training that goes on from a step to its end, to a stop behind a step,
// or to a kill behind one.
func (m *model) trains(from, last int, stopped bool) {
	if from > 0 && from%sequencePerEpoch == 0 && !m.evaluated[from] {
		m.saves(from, true)
	}
	for step := from + 1; step <= last; step++ {
		switch {
		case step%sequencePerEpoch == 0 && !(stopped && step == last):
			m.saves(step, true)
		case step%m.saveEvery == 0 && step%sequencePerEpoch != 0, stopped && step == last:
			m.saves(step, false)
		}
	}
}

// run trains, with --resume or without, and compares the folder with the model.
func (m *model) run(resume bool) (ended bool) {
	from := 0
	if len(m.good) > 0 {
		from = m.good[len(m.good)-1]
	}
	last, how := sequenceSteps, "to the end"
	if from < sequenceSteps-1 && m.random.IntN(4) > 0 {
		last = from + 1 + m.random.IntN(sequenceSteps-1-from)
		how = []string{"stopped", "killed"}[m.random.IntN(2)]
	}
	m.did("train, resume %t, from step %d: %s at %d", resume, from, how, last)
	ctx, cancel := context.WithCancel(m.Context())
	defer cancel()
	progress := &recorder{}
	if how == "stopped" {
		progress.at, progress.do = last, cancel
	}
	o := options(string(m.out), progress)
	o.Resume, o.Keep, o.SaveEvery = resume, m.keep, m.saveEvery
	o.Net = &killing{Network: o.Net, step: from, before: func(step int) {
		if how == "killed" && step == last+1 {
			panic(killed{})
		}
	}}
	notes := noting(&o)
	result, err := m.survive(ctx, o)
	switch {
	case how == "stopped" && !errors.Is(err, ErrStopped), how != "stopped" && err != nil:
		m.fail("got error %v", err)
	case how != "killed" && result.Step != last, len(progress.steps) > 0 && progress.steps[0] != from+1:
		m.fail("got step %d, begun with steps %v, want %d and %d\n%q", result.Step, progress.steps[:min(3, len(progress.steps))], last, from+1, *notes)
	}
	m.trains(from, last, how == "stopped")
	m.check()
	return last == sequenceSteps
}

// survive is Run, in which the test's network may be killed.
func (m *model) survive(ctx context.Context, o Options) (result Result, err error) {
	defer func() {
		if v := recover(); v != nil && v != (killed{}) {
			panic(v)
		}
	}()
	return Run(ctx, o)
}

// check compares the folder with the model.
func (m *model) check() {
	m.Helper()
	steps, err := m.out.Steps()
	if err != nil || !slices.Equal(steps, m.good) {
		m.fail("got checkpoints %v (%v), want %v", steps, err, m.good)
	}
	best := -1
	for _, step := range m.good {
		if _, err := runs.ReadCheckpoint(m.out.Checkpoint(step), step); err != nil {
			m.fail("%v", err)
		}
		if m.evaluated[step] && (best < 0 || m.accuracy[step] > m.accuracy[best]) {
			best = step
		}
	}
	if path, err := m.out.Best(); best >= 0 && (err != nil || path != m.out.Checkpoint(best)) {
		m.fail("got best %s (%v), want step %d", path, err, best)
	}
	var aside [][]byte
	for _, name := range m.files(filepath.Join("checkpoints", "damaged")) {
		aside = append(aside, read(m.T, m.out.Path(name)))
	}
	for _, was := range m.aside {
		if !slices.ContainsFunc(aside, func(data []byte) bool { return bytes.Equal(data, was) }) {
			m.fail("got %d files moved aside, want none of the %d before gone", len(aside), len(m.aside))
		}
	}
	m.aside = aside
}

// files lists the files of a folder in the run's, and of no folder in it.
func (m *model) files(folder string) (names []string) {
	entries, err := os.ReadDir(m.out.Path(folder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		m.fail("%v", err)
	}
	for _, e := range entries {
		if e.Type().IsRegular() {
			names = append(names, filepath.Join(folder, e.Name()))
		}
	}
	return names
}

// damages are what disks and people do to a file's contents; nil: the file is deleted.
var damages = map[string]func(r *rand.Rand, data []byte) []byte{
	"truncated": func(r *rand.Rand, data []byte) []byte { return data[:r.IntN(len(data)+1)] },
	"a byte flipped": func(r *rand.Rand, data []byte) []byte {
		if len(data) > 0 {
			data[r.IntN(len(data))] ^= byte(1 << r.IntN(8))
		}
		return data
	},
	"zeroed":   func(_ *rand.Rand, data []byte) []byte { return make([]byte, len(data)) },
	"appended": func(_ *rand.Rand, data []byte) []byte { return append(data, "garbage"...) },
	"deleted":  func(*rand.Rand, []byte) []byte { return nil },
}

// damage damages a file of the run; of checkpoints that are whole one stays.
func (m *model) damage() {
	files := slices.Concat(m.files(""), m.files("checkpoints"), m.files("checkpoints"))
	if len(files) == 0 {
		return
	}
	name := files[m.random.IntN(len(files))]
	var step int
	n, _ := fmt.Sscanf(name, filepath.Join("checkpoints", "step-%d.safetensors"), &step)
	isCheckpoint := n == 1
	if isCheckpoint && len(m.good) == 1 {
		return
	}
	kinds := slices.Sorted(maps.Keys(damages))
	kind := kinds[m.random.IntN(len(kinds))]
	before := read(m.T, m.out.Path(name))
	data := damages[kind](m.random, bytes.Clone(before))
	var err error
	if kind == "deleted" {
		err = os.Remove(m.out.Path(name))
	} else {
		err = os.WriteFile(m.out.Path(name), data, 0o600)
	}
	if err != nil {
		m.fail("%v", err)
	}
	m.did("%s: %s", name, kind)
	// The format bears some changes, as of a space in the header.
	if _, err := checkpoint.Read(m.out.Path(name)); isCheckpoint && err != nil {
		m.good = slices.DeleteFunc(m.good, func(s int) bool { return s == step })
	}
}

// sequence trains, stops, kills and damages at random until the training is at its end.
func (m *model) sequence() {
	m.run(false)
	for len(m.good) == 0 {
		m.did("nothing was written: the folder is removed")
		if err := os.RemoveAll(string(m.out)); err != nil {
			m.fail("%v", err)
		}
		m.run(false)
	}
	for range 8 {
		for range m.random.IntN(4) {
			m.damage()
		}
		m.run(true)
	}
	for !m.run(true) {
	}
	if !bytes.Equal(read(m.T, m.out.Checkpoint(sequenceSteps)), m.end) {
		m.fail("got another last checkpoint than that of a run that nothing happened to")
	}
}

// TestSequences compares runs that are stopped, killed and damaged at random with a model: nothing
// that is whole is lost, each goes on from its newest whole checkpoint, the damaged ones are kept
// aside, and the end has the bits of a run that nothing happened to.
func TestSequences(t *testing.T) {
	whole := runs.Folder(filepath.Join(t.TempDir(), "run"))
	if _, err := Run(t.Context(), options(string(whole), &recorder{})); err != nil {
		t.Fatal(err)
	}
	history, damage := whole.History()
	if len(damage) > 0 {
		t.Fatal(damage)
	}
	accuracy := map[int]float64{}
	for _, e := range history.Evaluations {
		accuracy[e.Step] = e.Accuracy
	}
	seeds := []uint64{1, 2, 3, 4, 5, 6, 7, 8, rand.Uint64(), rand.Uint64()}
	for _, seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 0))
			m := &model{
				T: t, random: r, out: runs.Folder(filepath.Join(t.TempDir(), "run")), keep: 1 + r.IntN(3), saveEvery: 2 + r.IntN(5),
				accuracy: accuracy, end: read(t, whole.Checkpoint(sequenceSteps)), evaluated: map[int]bool{},
			}
			m.sequence()
		})
	}
}
