package dashboard

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// state is all that the page shows. A page that connects gets it whole, and then each change.
type state struct {
	Run      runInfo       `json:"run"`
	Status   string        `json:"status"` // training, done or stopped; finished: of the command's runs
	Progress progress      `json:"progress"`
	Curves   *runs.Curves  `json:"curves"`
	Layers   *layerTable   `json:"layers"`  // nil before the first sample
	Test     *testResult   `json:"test"`    // nil before the first evaluation
	Ranks    []rankRow     `json:"ranks"`   // none: the run is one process
	Ending   *runs.Outcome `json:"ending"`  // of a finished run; else nil
	Problem  string        `json:"problem"` // why records of a finished run are left out; empty: none are
}

// runInfo is what stays the same.
type runInfo struct {
	Name       string `json:"name"` // the folder's
	Network    string `json:"network"`
	Data       string `json:"data"`
	EvalPart   string `json:"measured"` // the part that is evaluated: validation or test
	Parameters int64  `json:"parameters"`
	Batch      int    `json:"batch"`
	Threads    int    `json:"threads"`
	CPU        string `json:"cpu"`
}

// progress is how far the run is.
type progress struct {
	Step     int     `json:"step"`
	Total    int     `json:"total"`
	PerEpoch int     `json:"per_epoch"`
	Seconds  float64 `json:"seconds_left"`
}

// point is an addition to the training's curves.
type point struct {
	Progress        progress `json:"progress"`
	Loss            float64  `json:"loss"`
	LearningRate    float64  `json:"learning_rate"`
	Accuracy        float64  `json:"accuracy"`
	ImagesPerSecond float64  `json:"images_per_second"`
}

// hub has the state and whom to tell of changes. Its methods may be called by any goroutine.
type hub struct {
	mu    sync.Mutex
	state state
	event int
	pages []chan []byte // in the order in which they came
	whole []byte        // the state as an event; nil: it has changed
	ended chan struct{} // closed when no more changes come
}

func newHub() *hub { return &hub{ended: make(chan struct{})} }

// maxPages is how many pages are told of changes. One more takes the place of the oldest.
const maxPages = 32

// backlog is how many changes a page may be behind.
const backlog = 64

// join returns the state as an event, and the changes from then on. The channel is closed if the
// page falls too far behind: its browser connects again, and gets the state.
func (h *hub) join() (first []byte, changes chan []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.pages) == maxPages {
		h.drop(0)
	}
	changes = make(chan []byte, backlog)
	h.pages = append(h.pages, changes)
	if h.whole == nil {
		h.whole = encode(h.event, "state", &h.state)
	}
	return h.whole, changes
}

// drop closes a page's channel.
func (h *hub) drop(k int) {
	close(h.pages[k])
	h.pages = slices.Delete(h.pages, k, k+1)
}

// leave ends what join began.
func (h *hub) leave(changes chan []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if k := slices.Index(h.pages, changes); k >= 0 {
		h.pages = slices.Delete(h.pages, k, k+1)
	}
}

// change changes the state and tells the pages: content is what the change is called on the page,
// and its data.
func (h *hub) change(name string, content any, apply func(*state)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	apply(&h.state)
	h.event++
	h.whole = nil
	if len(h.pages) == 0 {
		return
	}
	event := encode(h.event, name, content)
	for k := len(h.pages) - 1; k >= 0; k-- {
		select {
		case h.pages[k] <- event:
		default:
			h.drop(k)
		}
	}
}

// encode writes a server-sent event.
func encode(id int, name string, content any) []byte {
	data, err := json.Marshal(content)
	if err != nil { // NaN or Inf: a training that has diverged ends by itself
		name, data = "failure", fmt.Appendf(nil, "%q", err)
	}
	return fmt.Appendf(nil, "id: %d\nevent: %s\ndata: %s\n\n", id, name, data)
}

// pointsKept is the most points of a curve: twice what a wide screen has room for.
const pointsKept = 4000

// add adds a point to the training's curves, and thins them.
func add(c *runs.Curves, p *point) {
	t := &c.Train
	t.Steps = append(t.Steps, p.Progress.Step)
	t.Loss = append(t.Loss, p.Loss)
	t.LearningRate = append(t.LearningRate, p.LearningRate)
	t.Accuracy = append(t.Accuracy, p.Accuracy)
	t.ImagesPerSecond = append(t.ImagesPerSecond, p.ImagesPerSecond)
	thin(c)
}

// thin makes one point of each two of the training's curves, until there are few enough.
func thin(c *runs.Curves) {
	for len(c.Train.Steps) >= pointsKept {
		halve(c)
	}
}

func halve(c *runs.Curves) {
	t := &c.Train
	for i := range t.Steps[:len(t.Steps)/2] {
		t.Steps[i] = t.Steps[2*i+1]
	}
	t.Steps = t.Steps[:len(t.Steps)/2]
	for _, column := range []*[]float64{&t.Loss, &t.LearningRate, &t.Accuracy, &t.ImagesPerSecond} {
		values := *column
		for i := range values[:len(values)/2] {
			values[i] = (values[2*i] + values[2*i+1]) / 2
		}
		*column = values[:len(values)/2]
	}
}
