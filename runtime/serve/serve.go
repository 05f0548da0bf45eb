// Package serve is a trainer's command that answers predictions over HTTP: the Open Inference Protocol's version 2 as
// KServe specifies its REST part, with the binary tensor extension; POST /predict, which takes a picture; metrics for
// Prometheus; and a page. Requests are put together to batches. A new checkpoint is loaded beside the old one and takes
// its place without a request that fails.
package serve

import (
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/resnetgen/resnetgen/runtime/classify"
	"github.com/resnetgen/resnetgen/runtime/picture"
)

// Options are what a server serves, and its limits.
type Options struct {
	Name         string               // the model's, in paths
	Input        [3]int               // of an image: height, width, channels
	Standardizer picture.Standardizer // of images that come as bytes
	Classes      int
	Checkpoint   string // what Load and Find get
	Load         func(path string) (*classify.Loaded, error)
	Find         func(path string) (file string, err error) // that Load would load
	Log          *slog.Logger
	Limits
}

// Limits keep a server answering.
type Limits struct {
	MaxBatch    int           // images that the model gets at one time
	MaxDelay    time.Duration // how long the first image of a batch waits for others
	MaxQueue    int           // images that wait
	MaxBody     int64         // bytes
	MaxRequests int           // that are read or answered at one time
	ReadTimeout time.Duration // until a request must have been read
	Timeout     time.Duration // from then on until its answer
	Drain       time.Duration // how long requests in flight may take at the end
	Poll        time.Duration // from one look for a new checkpoint to the next; 0: none
}

// DefaultLimits are the command's.
var DefaultLimits = Limits{
	MaxBatch: 64, MaxDelay: 2 * time.Millisecond, MaxQueue: 1024, MaxBody: 16 << 20, MaxRequests: 256,
	ReadTimeout: 10 * time.Second, Timeout: 10 * time.Second, Drain: 30 * time.Second, Poll: 10 * time.Second,
}

// Server answers predictions.
type Server struct {
	Options
	models   *models
	batcher  *batcher
	metrics  *metrics
	handler  http.Handler
	requests chan struct{} // a place for each that is read or answered
	decoding chan struct{} // a place for each picture that is decoded, since that may take much memory
	draining atomic.Bool
	open     connections
}

// New loads the checkpoint and returns a server that is ready. It ends with [Server.Close].
func New(o Options) (*Server, error) {
	if o.Classes <= 0 || o.Input[0]*o.Input[1]*o.Input[2] <= 0 {
		return nil, errors.New("serve: got a model without classes or input, want both")
	}
	s := &Server{
		Options: o, requests: make(chan struct{}, o.MaxRequests), decoding: make(chan struct{}, runtime.GOMAXPROCS(0)),
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

// Reload loads the checkpoint again, and serves it if it is right. Otherwise the old one is served on.
func (s *Server) Reload() error { return s.models.reload() }

// elements is how many values an image has.
func (o *Options) elements() int { return o.Input[0] * o.Input[1] * o.Input[2] }
