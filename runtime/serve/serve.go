// Package serve is a trainer's command that answers predictions over HTTP: the Open Inference
// Protocol's version 2 as KServe specifies its REST part, with the binary tensor extension; POST
// /predict, which takes an image; metrics for Prometheus; and a page. Requests are put together to
// batches. A new checkpoint is loaded beside the old one and takes its place without a request that
// fails.
package serve

import (
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"sync/atomic"

	"github.com/resnetgen/resnetgen/runtime/classify"
	"github.com/resnetgen/resnetgen/runtime/internal/budget"
	"github.com/resnetgen/resnetgen/runtime/preprocess"
)

// Options are what a server serves, and its limits.
type Options struct {
	Name         string                  // the model's, in paths
	Input        [3]int                  // of an image: height, width, channels
	Preprocess   preprocess.Options      // of images that come as files
	Standardizer preprocess.Standardizer // of images that come as bytes
	Classes      int
	Checkpoint   string // what Load and Find get
	Load         func(path string) (*classify.LoadedModel, error)
	Find         func(path string) (file string, err error) // that Load would load
	Log          *slog.Logger
	Limits
}

// Server answers predictions.
type Server struct {
	Options
	models   *models
	batcher  *batcher
	metrics  *metrics
	handler  http.Handler
	guard    *budget.Guard
	memory   *budget.Memory
	decoding [2]*budget.Semaphore // places to decode small images and tensors, and large ones, which leave cores to the model
	loading  *budget.Semaphore    // a place for who has a checkpoint loaded
	leaving  atomic.Bool          // it says that it is not ready
	draining atomic.Bool          // it closes its connections
}

// New loads the checkpoint and returns a server that is ready. It ends with [Server.Close].
func New(o Options) (*Server, error) {
	if o.Classes <= 0 || o.Input[0]*o.Input[1]*o.Input[2] <= 0 {
		return nil, errors.New("serve: got a model without classes or input, want both")
	}
	s := &Server{Options: o}
	s.guard, s.memory = s.newBudget()
	places := s.places(s.guard)
	s.loading = budget.NewSemaphore(1, budget.MaxWaiting(places), nil)
	cores := int64(runtime.GOMAXPROCS(0))
	s.decoding = [2]*budget.Semaphore{
		budget.NewSemaphore(cores, places, nil), // a burst of small requests may fill all places
		budget.NewSemaphore(max(cores/2, 1), budget.MaxWaiting(places), nil),
	}
	s.models = &models{options: &s.Options}
	if err := s.models.reload(); err != nil {
		return nil, err
	}
	s.batcher = newBatcher(&s.Options, s.models)
	s.metrics = newMetrics(s)
	s.batcher.told = s.metrics.batch
	s.models.told = s.metrics.reload
	s.handler = s.routes()
	go s.batcher.run()
	return s, nil
}

// Close ends the batches, when those that wait are answered, and frees the model.
func (s *Server) Close() {
	s.batcher.close()
	s.models.close()
}

// Reload loads the checkpoint again, and serves it if it is right. Otherwise the old one is served
// on.
func (s *Server) Reload() error { return s.models.reload() }

// elements is how many values an image has.
func (o *Options) elements() int { return o.Input[0] * o.Input[1] * o.Input[2] }
