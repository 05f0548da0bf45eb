package serve

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are a server's, in a registry of its own.
type metrics struct {
	handler  http.Handler
	active   prometheus.Gauge
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	images   prometheus.Histogram
	computed prometheus.Histogram
	reloads  *prometheus.CounterVec
}

func newMetrics(s *Server) *metrics {
	registry := prometheus.NewRegistry()
	m := &metrics{
		active: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "resnetgen_active_requests", Help: "Requests in progress.",
		}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "resnetgen_requests_total", Help: "Requests, by route and status code; 499: the client has gone before its answer.",
		}, []string{"route", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "resnetgen_request_seconds", Help: "Time from a request's header to its answer.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 15),
		}, []string{"route"}),
		images: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "resnetgen_batch_images", Help: "Images in a batch.", Buckets: prometheus.ExponentialBuckets(1, 2, 11),
		}),
		computed: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "resnetgen_batch_seconds", Help: "Time to compute a batch.", Buckets: prometheus.ExponentialBuckets(0.0005, 2, 15),
		}),
		reloads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "resnetgen_reloads_total", Help: "Checkpoints loaded after the first, by result: ok or failed.",
		}, []string{"result"}),
	}
	queue := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "resnetgen_queue_images", Help: "Images in the queue.",
	}, func() float64 { return float64(s.batcher.waiting()) })
	registry.MustRegister(m.active, m.requests, m.seconds, m.images, m.computed, m.reloads, queue, &served{s},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.reloads.WithLabelValues("ok")
	m.reloads.WithLabelValues("failed")
	m.handler = promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	return m
}

func (m *metrics) serve(w http.ResponseWriter, r *http.Request) error {
	m.handler.ServeHTTP(w, r)
	return nil
}

// request counts a request. Routes are those of the server, so that nobody can make more of them.
func (m *metrics) request(r *http.Request, code int, took time.Duration) {
	route := r.Pattern
	if _, path, ok := strings.Cut(route, " "); ok {
		route = path
	}
	if route == "" || route == "/" {
		route = "other"
	}
	m.requests.WithLabelValues(route, strconv.Itoa(code)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

func (m *metrics) batch(images int, took time.Duration) {
	m.images.Observe(float64(images))
	m.computed.Observe(took.Seconds())
}

func (m *metrics) reload(err error) {
	result := "ok"
	if err != nil {
		result = "failed"
	}
	m.reloads.WithLabelValues(result).Inc()
}

// served collects what is known of the version that is served.
type served struct{ *Server }

var (
	modelInfo = prometheus.NewDesc("resnetgen_model_info", "The model that is served.", []string{"model", "version", "checkpoint"}, nil)
	modelStep = prometheus.NewDesc("resnetgen_model_step", "The training step of the checkpoint that is served.", nil, nil)
)

// Describe is prometheus.Collector's.
func (s *served) Describe(all chan<- *prometheus.Desc) { all <- modelInfo; all <- modelStep }

// Collect is prometheus.Collector's.
func (s *served) Collect(all chan<- prometheus.Metric) {
	v := s.models.now()
	if v == nil {
		return
	}
	all <- prometheus.MustNewConstMetric(modelInfo, prometheus.GaugeValue, 1, s.Name, v.name, v.File)
	all <- prometheus.MustNewConstMetric(modelStep, prometheus.GaugeValue, float64(v.Step))
}
