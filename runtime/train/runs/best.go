package runs

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
)

// evaluationKey is the entry of a checkpoint's metadata with the evaluation of its step, if there
// was one, as JSON. It is there for runs whose eval.csv is damaged.
const evaluationKey = "evaluation"

// evaluationEntry is what it holds.
type evaluationEntry struct {
	Accuracy     *float64 `json:"accuracy"`  // nil: an older version wrote it
	Precision    float64  `json:"precision"` // the former key of the accuracy
	CrossEntropy float64  `json:"cross_entropy"`
	Loss         float64  `json:"loss"`
	Epoch        int      `json:"epoch"`
}

// evaluationOf returns the evaluation that a checkpoint's metadata have, or nil.
func evaluationOf(metadata map[string]string, step int) *Evaluation {
	var e evaluationEntry
	text := metadata[evaluationKey]
	if text == "" || json.Unmarshal([]byte(text), &e) != nil {
		return nil
	}
	accuracy := e.Precision
	if e.Accuracy != nil {
		accuracy = *e.Accuracy
	}
	if !(accuracy >= 0 && accuracy <= 1) {
		return nil
	}
	return &Evaluation{Step: step, Epoch: e.Epoch, Accuracy: accuracy, CrossEntropy: e.CrossEntropy, Loss: e.Loss}
}

// Put adds an evaluation, or replaces that of its step.
func (h *History) Put(e *Evaluation) {
	i, found := slices.BinarySearchFunc(h.Evaluations, e.Step, func(e Evaluation, step int) int { return cmp.Compare(e.Step, step) })
	if !found {
		h.Evaluations = slices.Insert(h.Evaluations, i, *e)
	}
	h.Evaluations[i] = *e
}

// fill adds the evaluations that eval.csv lacks and checkpoints have, and counts the best anew.
func (h *History) fill(f Folder, steps []int) {
	for _, step := range steps {
		if slices.ContainsFunc(h.Evaluations, func(e Evaluation) bool { return e.Step == step }) {
			continue
		}
		metadata, err := checkpoint.ReadMetadata(f.Checkpoint(step))
		if err != nil {
			continue // whoever reads the checkpoint says what is wrong
		}
		if e := evaluationOf(metadata, step); e != nil {
			h.Put(e)
		}
	}
	best := 0.0
	for i := range h.Evaluations {
		best = max(best, h.Evaluations[i].Accuracy)
		h.Evaluations[i].Best = best
	}
}

// SortByAccuracy sorts steps: the best first, of equals the earlier; those without an evaluation
// last, the newest of them first.
func (h *History) SortByAccuracy(steps []int) []int {
	accuracy := map[int]float64{}
	for _, e := range h.Evaluations {
		accuracy[e.Step] = e.Accuracy
	}
	sorted := slices.Clone(steps)
	slices.SortFunc(sorted, func(a, b int) int {
		p, evaluated := accuracy[a]
		q, other := accuracy[b]
		switch {
		case evaluated && other:
			return cmp.Or(cmp.Compare(q, p), cmp.Compare(a, b))
		case evaluated:
			return -1
		case other:
			return 1
		}
		return cmp.Compare(b, a)
	})
	return sorted
}

// bestLooked are the verdicts on the checkpoints that were the best of a run: a server asks again
// and again.
var bestLooked verdicts

// Best returns the checkpoint with the best accuracy on the test set: of equals the first, of
// those that are whole.
func (f Folder) Best() (string, error) { return f.best(func(string, ...any) {}) }

// best is Best, and tells which it passes over.
func (f Folder) best(log func(format string, args ...any)) (string, error) {
	steps, err := f.Steps()
	if err != nil {
		return "", err
	}
	if len(steps) == 0 {
		return "", fmt.Errorf("run %s: got no checkpoint in it, want checkpoints/step-N.safetensors", f)
	}
	h := &History{}
	var damage error
	if h.Evaluations, damage = f.evaluations(); damage != nil {
		log("%v; taking the evaluations in the checkpoints instead", damage)
	}
	h.fill(f, steps)
	steps = h.SortByAccuracy(steps)
	var passed []error
	for _, step := range steps {
		path := f.Checkpoint(step)
		wrong := bestLooked.look(path, func() error {
			_, err := checkpoint.Read(path)
			return err
		})
		if wrong == nil {
			for _, err := range passed {
				log("skipped: %v", err)
			}
			return path, nil
		}
		passed = append(passed, wrong)
	}
	return f.Checkpoint(steps[0]), nil // who reads it says what is wrong
}
