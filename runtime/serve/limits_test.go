package serve

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/internal/fuzzbound"
	"github.com/resnetgen/resnetgen/runtime/internal/wire"
	"github.com/resnetgen/resnetgen/runtime/preprocess"
)

// deepPNG is a white PNG of side² pixels of 16 bits with alpha, which is small as a file.
func deepPNG(side int) []byte {
	var data bytes.Buffer
	z := zlib.NewWriter(&data)
	row := append([]byte{0}, bytes.Repeat([]byte{0xff}, 8*side)...)
	for range side {
		_, _ = z.Write(row)
	}
	_ = z.Close()
	text := []byte("\x89PNG\r\n\x1a\n")
	head := binary.BigEndian.AppendUint32(nil, uint32(side))
	head = append(binary.BigEndian.AppendUint32(head, uint32(side)), 16, 6, 0, 0, 0)
	for _, c := range [][2]string{{"IHDR", string(head)}, {"IDAT", data.String()}, {"IEND", ""}} {
		text = binary.BigEndian.AppendUint32(text, uint32(len(c[1])))
		text = append(text, c[0]+c[1]...)
		text = binary.BigEndian.AppendUint32(text, crc32.ChecksumIEEE([]byte(c[0]+c[1])))
	}
	return text
}

// TestTallImage holds that an image is refused that is decoded soon, but takes too long to be
// stretched: every row of it becomes one of the input.
func TestTallImage(t *testing.T) {
	tall := drawn(t, 1, 3e6, 0)
	s := begin(t, func(l *Limits) { l.Timeout = 500 * time.Millisecond })
	s.Preprocess = preprocess.Options{Resize: 2, Fit: preprocess.FitStretch, Interpolation: preprocess.Bilinear, Channels: preprocess.RGB}
	h, err := preprocess.ReadHeader(bytes.NewReader(tall))
	if err != nil || float64(h.Work) > decodeSpeed*s.Timeout.Seconds() {
		t.Fatalf("got %+v and error %v, want an image that is decoded in time", h, err)
	}
	if r := s.ask("POST", "/predict", bytes.NewReader(tall)); r.code != http.StatusUnprocessableEntity || !strings.Contains(r.body, "1×3000000") {
		t.Errorf("got %d, %s, want 422 and the image's size", r.code, r.body)
	}
}

// TestLargeImage holds that an image that takes too much memory or time is refused by its header,
// with the limit's flag.
func TestLargeImage(t *testing.T) {
	large := deepPNG(4096)
	for want, c := range map[string]struct {
		change func(*Limits)
		code   int
	}{
		"(--max-memory)": {func(l *Limits) { l.Timeout = time.Hour }, http.StatusRequestEntityTooLarge},
		"(--timeout)":    {func(l *Limits) { l.Timeout = 500 * time.Millisecond; l.MaxMemory = 1 << 40 }, http.StatusUnprocessableEntity},
	} {
		s := begin(t, c.change)
		if r := s.ask("POST", "/predict", bytes.NewReader(large)); r.code != c.code || !strings.Contains(r.body, want) || !strings.Contains(r.body, "4096×4096") {
			t.Errorf("got %d, %s, want %d and %s", r.code, r.body, c.code, want)
		}
		if n := s.memory.Claimed(); n != 0 {
			t.Errorf("got %d bytes claimed, want none", n)
		}
	}
}

// TestEcho holds that an error repeats little of a request, and nothing that is not printable.
func TestEcho(t *testing.T) {
	s := begin(t, nil)
	long := strings.Repeat("q\x07", 8000)
	escaped := strings.ReplaceAll(long[:2000], "\x07", "%07")
	for name, r := range map[string]response{
		"datatype": s.ask("POST", inferPath, strings.NewReader(input(`"datatype":`+strconv.Quote(strings.Repeat("q", 8000))))),
		"name":     s.ask("POST", inferPath, strings.NewReader(`{"inputs":[{"name":"`+strings.Repeat(`q\u0007`, 2000)+`"}]}`)),
		"number":   s.ask("POST", inferPath, strings.NewReader(input(`"datatype":"FP32","shape":[1,2,3,1],"data":["`+strings.Repeat("q", 8000)+`"]`))),
		"output":   s.ask("POST", inferPath, strings.NewReader(`{"outputs":[{"name":"`+strings.Repeat("q", 8000)+`"}],"inputs":[{"name":"images"}]}`)),
		"path":     s.ask("GET", "/"+escaped, nil),
		"model":    s.ask("GET", "/v2/models/"+escaped, nil),
		"version":  s.ask("GET", "/v2/models/net/versions/"+escaped, nil),
		"top":      s.ask("POST", "/predict?top="+escaped, nil),
		"encoding": s.ask("POST", "/predict", strings.NewReader("x"), "Content-Encoding: "+strings.Repeat("q", 8000)),
		"host":     s.ask("GET", "/", nil, "Host: "+strings.Repeat("q", 8000)),
		"method":   s.ask(strings.Repeat("Q", 8000), "/predict", nil),
	} {
		if n := strings.Count(strings.ToLower(r.body), "q"); r.code < 400 || n > echoed+10 || len(r.body) > longest+100 || strings.Contains(r.body, "\x07") {
			t.Errorf("%s: got %d, %d bytes of the request in %q", name, r.code, n, r.body)
		}
	}
}

// TestParts holds that a large request is computed in parts, that others go in between, and that a
// checkpoint that comes meanwhile answers all of it.
func TestParts(t *testing.T) {
	s := begin(t, func(l *Limits) { l.MaxBatch = 4 })
	free, first := s.busy()
	answers := make(chan response, 1)
	go func() {
		r, err := s.try("POST", inferPath, strings.NewReader(request(10)))
		if err != nil {
			t.Error(err)
		}
		answers <- r
	}()
	await(t, "a large request", func() bool { return s.batcher.waiting() == 10 })
	small := s.flood(1, inferPath)
	await(t, "a small one", func() bool { return s.batcher.waiting() == 11 })
	free()
	first.Wait()
	small.Wait()
	var got struct{ Outputs []struct{ Data []float32 } }
	(<-answers).decode(t, &got)
	if len(got.Outputs[0].Data) != 30 {
		t.Fatalf("got %v, want the logits of 10 images", got)
	}
	for i, v := range got.Outputs[0].Data {
		if want := []float32{14, 0, 0}[i%3]; v != want {
			t.Errorf("got logit %g of image %d, want %g", v, i/3, want)
		}
	}
	var batches []int
	for len(s.began) > 0 {
		batches = append(batches, <-s.began)
	}
	if fmt.Sprint(batches) != "[4 4 3]" {
		t.Errorf("got batches of %v, want the small request in the second, before the large one's next part", batches)
	}
}

// TestVersionOfParts holds that a request whose parts are computed while a checkpoint comes is
// answered by one version.
func TestVersionOfParts(t *testing.T) {
	s := begin(t, nil)
	b := s.batcher
	j := newJob(2, nil)
	j.images = []float32{1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0}
	j.holders.Add(1)
	old, next := s.models.now(), &version{LoadedModel: must(s.load(s.checkpoint))(t), name: "8"}
	b.begin(j, old)
	b.computed(part{j, 1}, []float32{1, 2, 3}, nil)
	if b.begin(j, next); j.computed != 0 || j.by != next {
		t.Errorf("got %d images by %s, want none yet by 8", j.computed, j.by.name)
	}
	if b.begin(j, next); j.computed != 0 {
		t.Errorf("got %d images, want none yet", j.computed)
	}
}

// TestFullQueueRefusesEarly holds that a body is not waited for when the queue is full.
func TestFullQueueRefusesEarly(t *testing.T) {
	s := begin(t, func(l *Limits) { l.MaxQueue = 1 })
	free, first := s.busy()
	waiting := s.flood(1, inferPath)
	await(t, "a full queue", func() bool { return s.batcher.waiting() == 1 })
	c := s.dial()
	if _, err := fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n{", inferPath); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(c)
	if head := string(answer); err != nil || !strings.HasPrefix(head, "HTTP/1.1 503") || !strings.Contains(head, "\r\nRetry-After: 1\r\n") || !strings.Contains(head, "\r\nConnection: close\r\n") {
		t.Errorf("got %q, %v, want 503, Retry-After, and the connection's end", answer, err)
	}
	free()
	first.Wait()
	waiting.Wait()
}

// TestDrainDelay holds that connections are taken for a while after the server has said that it is
// not ready.
func TestDrainDelay(t *testing.T) {
	s := begin(t, func(l *Limits) { l.DrainDelay = time.Second })
	s.end()
	await(t, "not ready", func() bool { return s.ask("GET", "/v2/health/ready", nil).code == 503 })
	http.DefaultClient.CloseIdleConnections()
	s.lives()
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
	if _, err := s.try("GET", "/v2/health/live", nil); err == nil {
		t.Error("after the delay: got an answer, want none")
	}
}

// TestStalledClientsDoNotHoldUpTheEnd holds that bodies that do not come, also of requests that
// were answered, do not keep a server from its end.
func TestStalledClientsDoNotHoldUpTheEnd(t *testing.T) {
	s := begin(t, func(l *Limits) { l.Drain, l.Timeout, l.ReadTimeout = 4*time.Second, time.Minute, time.Minute })
	for _, path := range []string{inferPath, "/predict", "/v2/health/live", "/nowhere"} {
		for range 20 {
			if _, err := fmt.Fprintf(s.dial(), "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{", path); err != nil {
				t.Fatal(err)
			}
		}
	}
	await(t, "the connections", func() bool { return s.guard.Len() >= 40 })
	s.end()
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
}

// FuzzRequests holds that no request makes a panic, or takes more memory and time than its length
// allows.
func FuzzRequests(f *testing.F) {
	limits := DefaultLimits
	limits.MaxBody, limits.MaxMemory, limits.Poll = 64<<10, 4<<20, 0
	s := &scene{t: f, classes: testClasses, checkpoint: f.TempDir() + "/checkpoint", began: make(chan int, 1)}
	s.write("7")
	server, err := New(Options{
		Name: "net", Input: testInput, Standardizer: testStandardizer, Classes: len(testClasses), Checkpoint: s.checkpoint, Limits: limits,
		Log:  slog.New(slog.DiscardHandler),
		Find: func(path string) (string, error) { return path, nil },
		Load: s.load,
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(server.Close)
	for _, body := range []string{request(2), string(drawn(f, 30, 20, 1)), ""} {
		for _, line := range []string{"POST " + inferPath, "POST /predict", "GET /metrics", "GET /", "GET /v2/models/net", "POST /v2/repository/index"} {
			f.Add(fmt.Appendf(nil, "%s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", line, len(body), body))
		}
	}
	f.Add([]byte("POST /predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n"))
	f.Add([]byte("POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 70\r\n\r\n--b\r\nContent-Disposition: form-data; name=a; filename=f\r\n\r\nx\r\n--b--\r\n"))
	bound := fuzzbound.Default
	bound.Memory += limits.MaxMemory + 2<<20 // the metrics, and the page
	f.Fuzz(func(t *testing.T, input []byte) {
		bound.Check(t, len(input), func() {
			_ = wire.Exchange(server.guard.Server(server.Handler(true)), server.guard.Listener, input)
		})
		if n := server.memory.Claimed(); n != 0 {
			t.Errorf("got %d bytes claimed, want none", n)
		}
	})
}

// TestFewFiles holds that a server has fewer connections where the system allows few files, and
// places for fewer requests.
func TestFewFiles(t *testing.T) {
	s := begin(t, func(l *Limits) { l.MaxConnections = 8 })
	if s.places(s.guard) != 6 {
		t.Errorf("got %d places of 8 connections, want 6", s.places(s.guard))
	}
	for range 40 {
		s.dial()
	}
	s.lives()
	if _, err := os.Stat(s.checkpoint); err != nil {
		t.Error(err)
	}
}
